"""Paths of this app in the API, under /api/v1/."""

from __future__ import annotations

from typing import Any

from django.urls import path

from analytics.api.teams import TeamReportView, TeamTableView

urlpatterns: list[Any] = []
urlpatterns += [
    path("teams/<slug:slug>/report/", TeamReportView.as_view(), name="api-team-report"),
    path("teams/<slug:slug>/report.csv", TeamTableView.as_view(), name="api-team-table"),
]
