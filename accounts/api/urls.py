"""Paths of this app in the API, under /api/v1/."""

from django.urls import path

from accounts.api import views

urlpatterns = [
    path("me/", views.MeView.as_view(), name="api-me"),
    path("me/preferences/", views.PreferencesView.as_view(), name="api-preferences"),
    path("me/export/", views.ExportView.as_view(), name="api-export"),
    path("teams/", views.TeamsView.as_view(), name="api-teams"),
]
