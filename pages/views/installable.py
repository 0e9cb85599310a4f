"""What makes the site installable: its manifest, its service worker, and the page that is shown without a network."""

from __future__ import annotations

import json
from functools import lru_cache
from hashlib import sha256

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

KEPT_FILES = ("css/site.css", "fonts/figtree-latin-wght-normal.woff2", "icons/app.svg")


@require_GET
def manifest(request: HttpRequest) -> JsonResponse:
    """The web app manifest."""
    icons = [
        {"src": static("icons/app.svg"), "type": "image/svg+xml", "sizes": "any"},
        {"src": static("icons/app-192.png"), "type": "image/png", "sizes": "192x192"},
        {"src": static("icons/app-512.png"), "type": "image/png", "sizes": "512x512"},
        {"src": static("icons/app-maskable-512.png"), "type": "image/png", "sizes": "512x512", "purpose": "maskable"},
    ]
    body = {
        "id": "/",
        "name": "Studyloop",
        "short_name": "Studyloop",
        "description": _("Study for certification exams, with an honest estimate of your chance to pass."),
        "lang": get_language(),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#F6F6F2",
        "theme_color": "#FFFFFF",
        "icons": icons,
    }
    return JsonResponse(body, content_type="application/manifest+json")


@require_GET
def service_worker(request: HttpRequest) -> HttpResponse:
    """The worker's script, from the root so that it may look after every page, with the names of what it keeps."""
    response = HttpResponse(_worker_script(), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


def _worker_script() -> str:
    return _read_worker() if settings.DEBUG else _kept_worker()


@lru_cache(maxsize=1)
def _kept_worker() -> str:
    return _read_worker()


def _read_worker() -> str:
    """The script behind a line that says what to keep; any change of either is a new version."""
    with open(_worker_path(), encoding="utf-8") as file:
        script = file.read()
    start = {"offline": reverse("offline"), "files": [static(name) for name in KEPT_FILES]}
    version = sha256((script + json.dumps(start)).encode()).hexdigest()[:12]
    return f"const START = {json.dumps(start | {'version': version})};\n{script}"


def _worker_path() -> str:
    found = finders.find("js/sw.js")
    if not isinstance(found, str):
        raise FileNotFoundError("static/js/sw.js")
    return found


@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    """What a page that was not kept looks like without a network; the same for everybody, so that it can be kept."""
    return render(request, "attempts/offline.html")


urlpatterns = [
    path("manifest.webmanifest", manifest, name="web-manifest"),
    path("sw.js", service_worker, name="service-worker"),
    path("offline/", offline, name="offline"),
]
