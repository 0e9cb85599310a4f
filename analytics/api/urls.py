"""Paths of this app in the API, under /api/v1/."""

from __future__ import annotations

from typing import Any

from django.urls import path

from analytics.api.readiness import PlanView, ReadinessHistoryView, ReadinessView
from analytics.api.teams import TeamReportView, TeamTableView

urlpatterns: list[Any] = []
urlpatterns += [
    path("teams/<slug:slug>/report/", TeamReportView.as_view(), name="api-team-report"),
    path("teams/<slug:slug>/report.csv", TeamTableView.as_view(), name="api-team-table"),
]
urlpatterns += [
    path("readiness/<slug:exam>/", ReadinessView.as_view(), name="api-readiness"),
    path("readiness/<slug:exam>/history/", ReadinessHistoryView.as_view(), name="api-readiness-history"),
    path("readiness/<slug:exam>/plan/", PlanView.as_view(), name="api-readiness-plan"),
]
