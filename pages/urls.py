"""Paths of the pages: each module of views has its own list."""

from __future__ import annotations

from pages.views import attempts, course, practice, reference, search

urlpatterns = [
    *reference.urlpatterns,
    *attempts.attempt_urls,
    *course.urlpatterns,
    *practice.urlpatterns,
    *search.urlpatterns,
]
