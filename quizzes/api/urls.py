"""Paths of the attempts API, under /api/v1/; the check of an answer, which needs to know what learners choose, is in config/urls.py."""

from django.urls import path

from quizzes.api import views

urlpatterns = [
    path("quizzes/", views.QuizzesView.as_view(), name="api-quizzes"),
    path("attempts/", views.AttemptsView.as_view(), name="api-attempts"),
    path("attempts/<uuid:attempt_id>/", views.AttemptView.as_view(), name="api-attempt"),
    path("attempts/<uuid:attempt_id>/responses/<int:position>/", views.ResponseView.as_view(), name="api-response"),
    path("attempts/<uuid:attempt_id>/submit/", views.SubmitView.as_view(), name="api-submit"),
    path("attempts/<uuid:attempt_id>/status/", views.StatusView.as_view(), name="api-attempt-status"),
    path("attempts/<uuid:attempt_id>/pause/", views.PauseView.as_view(), name="api-pause"),
    path("attempts/<uuid:attempt_id>/resume/", views.ResumeView.as_view(), name="api-resume"),
    path("attempts/<uuid:attempt_id>/add-minutes/", views.AddMinutesView.as_view(), name="api-add-minutes"),
    path("attempts/<uuid:attempt_id>/result/", views.ResultView.as_view(), name="api-result"),
    path("attempts/<uuid:attempt_id>/record/", views.RecordView.as_view(), name="api-record"),
    path("attempts/<uuid:attempt_id>/record.csv", views.RecordTableView.as_view(), name="api-record-table"),
    path("reviews/", views.ReviewsView.as_view(), name="api-reviews"),
    path("questions/<int:question_id>/reports/", views.ReportsView.as_view(), name="api-question-reports"),
]
