"""Paths of the content and study-progress API, under /api/v1/."""

from django.urls import path

from lifecycle.api import views

urlpatterns = [
    path("exams/", views.ExamsView.as_view(), name="api-exams"),
    path("exams/<slug:slug>/blueprint/", views.BlueprintView.as_view(), name="api-blueprint"),
    path("stages/", views.StagesView.as_view(), name="api-stages"),
    path("services/", views.ServicesView.as_view(), name="api-services"),
    path("lessons/", views.LessonsView.as_view(), name="api-lessons"),
    path("lessons/<slug:slug>/", views.LessonView.as_view(), name="api-lesson"),
    path("lessons/<slug:slug>/progress/", views.LessonProgressView.as_view(), name="api-lesson-progress"),
    path("lessons/<slug:slug>/checks/<int:number>/", views.LessonCheckView.as_view(), name="api-lesson-check"),
    path("terms/", views.TermsView.as_view(), name="api-terms"),
    path("formulas/", views.FormulasView.as_view(), name="api-formulas"),
    path("search/", views.SearchView.as_view(), name="api-search"),
    path("progress/<slug:exam>/", views.ProgressView.as_view(), name="api-progress"),
]
