"""What goes over the wire for a page, counted by the browser; and a site that serves its files as they are served to people."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from playwright.sync_api import Page

from config import roles
from tests.servers.site import Site, Web


def start_built_web(site: Site) -> Web:
    """Start the site's web server with its static files collected, hashed and packed by Brotli."""
    environment = {"DJANGO_ENV": "development", "DATA_DIR": str(site.directory / "data"), "SECRET_KEY": settings.SECRET_KEY}
    collect = roles.manage("collectstatic", "--no-input", "--verbosity", "0")
    subprocess.run(collect, check=True, cwd=roles.BASE_DIR, env=site.environment(**environment))
    return site.start_web(**environment)


@dataclass
class Traffic:
    """What went over the wire for a page: bytes with their headers, bodies of scripts, and the hosts that were asked."""

    page: Page
    own: str
    scripts: set[str] = field(default_factory=set)
    bytes: float = 0
    script_bytes: float = 0
    elsewhere: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        wire = self.page.context.new_cdp_session(self.page)
        wire.on("Network.requestWillBeSent", self._asked)
        wire.on("Network.dataReceived", self._received)
        wire.on("Network.loadingFinished", self._finished)
        wire.send("Network.enable")

    def _asked(self, event: dict[str, Any]) -> None:
        url = event["request"]["url"]
        if not url.startswith((self.own, "data:", "blob:", "about:")):
            self.elsewhere.add(url)
        if event.get("type") == "Script":
            self.scripts.add(event["requestId"])

    def _received(self, event: dict[str, Any]) -> None:
        if event["requestId"] in self.scripts:
            self.script_bytes += event["encodedDataLength"]

    def _finished(self, event: dict[str, Any]) -> None:
        self.bytes += event["encodedDataLength"]
