"""Every address of the product."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from analytics.public import share_per_option
from config import health, metrics
from config.api import TokenView, no_such_endpoint
from quizzes.api.views import CheckView

api: list[URLPattern | URLResolver] = [
    path("token/", TokenView.as_view(), name="api-token"),
    path("", include("accounts.api.urls")),
    path("", include("lifecycle.api.urls")),
    path("", include("quizzes.api.urls")),
    path("attempts/<uuid:attempt_id>/check/<int:position>/", CheckView.as_view(shares=share_per_option), name="api-check"),
    path("", include("analytics.api.urls")),
]

handler500 = "config.requests.server_error"

urlpatterns = [
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("health/workers", health.workers, name="health-workers"),
    path("metrics", metrics.metrics, name="metrics"),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/v1/", include(api)),
    re_path(r"^api/", no_such_endpoint),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("pages.urls")),
]
