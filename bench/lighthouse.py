"""How fast and how light the pages are for a learner: `python -m bench.lighthouse [--size small]`.

A real site with its files packed, a real Chromium, and beside every figure its target; nothing is asserted. Scores come from
Lighthouse (installed by npm into build/, where npm is there): a mid-range phone on simulated slow 4G. Bytes are counted by the
browser on an empty cache. The player is driven as this machine is and with the processor slowed down four times, Lighthouse's own
factor; the next question is timed with the network off, from the key to the frame that shows it.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

LIGHTHOUSE = "lighthouse@12.8.2"  # the newest that Node 20 runs
BUILD = Path(__file__).resolve().parent.parent / "build" / "lighthouse"
CATEGORIES = ("performance", "accessibility", "best-practices")
SLOWER = 4  # times: what Lighthouse takes for a mid-range phone
KB = 1024

FRAMES = """window.frames_ = [];
addEventListener("keydown", ({ timeStamp }) => {
  requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => window.frames_.push(performance.now() - timeStamp);
    channel.port2.postMessage(0);
  });
}, true);
window.events_ = [];
new PerformanceObserver((list) => window.events_.push(...list.getEntries().map(({ duration }) => duration)))
  .observe({ type: "event", durationThreshold: 16, buffered: true });"""


def main() -> int:
    """Measure, and print tables beside the targets; the exit status is 0 whatever was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=("small", "full"), default="full")
    size = parser.parse_args().size

    from tests.servers.plugin import _make_environment

    _make_environment("sqlite")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from tests.servers.databases import Databases, reading_and_writing
    from tests.servers.site import Site

    with tempfile.TemporaryDirectory() as directory:
        databases = Databases(Path(directory))
        site = Site(Path(directory), databases.copy(), os.environ["REDIS_URL"], "lighthouse")
        try:
            with reading_and_writing(site.database_url):
                measure(site, small=size == "small")
        finally:
            site.stop()
            databases.drop_all()
    return 0


def measure(site: Any, *, small: bool) -> None:
    """Every table, on one site with a learner, a lead and an instructor whose pages are full."""
    from playwright.sync_api import sync_playwright

    from tests.e2e.places import furnished
    from tests.e2e.traffic import start_built_web
    from tests.servers.chromium import FLAGS, find_or_install_chromium
    from tests.servers.people import PageAs

    web, places, chromium = start_built_web(site), furnished(), find_or_install_chromium()
    pages = chosen_pages(places, small=small)
    server_times(web, places, times=10 if small else 40)
    with sync_playwright() as playwright:
        environment = {**os.environ, **chromium.environment}
        browser = playwright.chromium.launch(executable_path=chromium.program, args=list(FLAGS), env=environment)
        opener = PageAs(browser, web.url)
        weights(opener, places, pages)
        player(opener, places, keys=10 if small else 40)
        opener.close()
        browser.close()
        scores(playwright, web, places, pages, chromium)


def chosen_pages(places: Any, *, small: bool) -> list[tuple[str, str, str]]:
    """(name, role, address) of the pages that are measured."""
    pages = [
        ("landing", "visitor", "/"),
        ("home", "learner", "/"),
        ("player", "learner", f"/attempts/{places.sitting.pk}/"),
        ("map", "learner", "/aif-c01/map/"),
        ("lesson", "learner", "/aif-c01/lessons/what-mlops-is/"),
        ("practice", "learner", "/aif-c01/practice/"),
        ("result", "learner", f"/attempts/{places.graded.pk}/result/"),
        ("readiness", "learner", "/aif-c01/readiness/"),
        ("glossary", "learner", "/reference/glossary/"),
        ("account", "learner", "/account/"),
        ("team", "lead", f"/teams/{places.team.slug}/"),
        ("item analysis", "instructor", "/instruct/items/"),
    ]
    return pages[:3] if small else pages


def server_times(web: Any, places: Any, *, times: int) -> None:
    """From asking to the last byte of the page, one reader at a time."""
    from django.conf import settings

    from tests.servers.people import session_cookie

    print(f"\nServer time, {times} loads one after another, 95th of 100 (`make bench` has the costs of an attempt)")
    for name, person, address, target in (
        ("home", places.learner, "/", 150),
        ("team report of 4 members", places.lead, f"/teams/{places.team.slug}/", 300),
    ):
        request = urllib.request.Request(web.url + address, headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={session_cookie(person)}"})
        spent = []
        for _number in range(times + 1):
            began = time.perf_counter()
            with urllib.request.urlopen(request) as answer:
                answer.read()
            spent.append(1000 * (time.perf_counter() - began))
        line(name, f"{sorted(spent[1:])[round(0.95 * (times - 1))]:.0f} ms", f"{target} ms")


def weights(opener: Any, places: Any, pages: list[tuple[str, str, str]]) -> None:
    """Bytes with their headers on an empty cache and again, and bodies of scripts; the service worker is left out."""
    from tests.e2e.traffic import Traffic

    print("\nWeight: first visit (target 120 KB), again (40 KB), scripts (8 KB, in the player 25 KB), requests elsewhere (0)")
    for name, role, address in pages:
        page = places.open_as(opener, role, service_workers="block")
        traffic = Traffic(page, opener.base_url)
        page.goto(address, wait_until="networkidle")
        first, scripts, traffic.bytes = traffic.bytes, traffic.script_bytes, 0
        page.goto("about:blank")
        page.goto(address, wait_until="networkidle")
        figures = f"{first / KB:6.1f} KB {traffic.bytes / KB:6.1f} KB {scripts / KB:5.1f} KB {len(traffic.elsewhere):3}"
        line(name, figures, "")
        page.context.close()


def player(opener: Any, places: Any, *, keys: int) -> None:
    """What a key costs in the player, and moving on without a network: as this machine is, and slowed down."""
    for slower in (1, SLOWER):
        page = places.open_as(opener, "player", viewport={"width": 390, "height": 844}, has_touch=True)
        page.add_init_script(FRAMES)
        page.goto(f"/attempts/{places.sitting.pk}/#1")
        page.locator(".qh h1:visible").wait_for()
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
        for _round in range(max(1, keys // 10)):
            for key in ("a", "b", "Shift+c", "f", "n", "p"):
                page.keyboard.press(key)
                page.wait_for_timeout(80)
        slowest = page.evaluate("Math.max(16, ...window.events_)")
        page.context.set_offline(True)
        page.evaluate("window.frames_.length = 0")
        for number in range(keys):
            page.keyboard.press("n" if number % 8 < 4 else "p")
            page.wait_for_timeout(80)
        spent = page.evaluate("window.frames_")
        page.context.set_offline(False)
        page.context.close()
        print(f"\nThe player on this machine{f', processor {slower} times slower' if slower > 1 else ''}")
        line("slowest of choosing, striking, flagging, moving", f"{slowest:.0f} ms", "100 ms (INP)")
        line(f"next question without network, median of {len(spent)}", f"{statistics.median(spent):.0f} ms", "")
        line("next question without network, slowest", f"{max(spent):.0f} ms", "100 ms" if slower == 1 else "")


def scores(playwright: Any, web: Any, places: Any, pages: list[tuple[str, str, str]], chromium: Any) -> None:
    """Lighthouse's scores, in a browser that is signed in; where npm is missing, a word about it."""
    from django.conf import settings

    from tests.servers.chromium import FLAGS
    from tests.servers.people import session_cookie
    from tests.servers.ports import spare_port

    program = lighthouse()
    if program is None:
        print("\nLighthouse was left out: it is installed by npm, and there is none (or it could not install).")
        return
    print("\nLighthouse, mobile on simulated slow 4G; targets 95 100 100  1.8 s  0.010")
    print("  (performance, accessibility, best practices, LCP, CLS, and what costs marks in the last two categories)")
    environment = {**os.environ, **chromium.environment}
    for name, role, address in pages:
        port = spare_port()
        with tempfile.TemporaryDirectory() as profile:
            arguments = [*FLAGS, f"--remote-debugging-port={port}"]
            browser = playwright.chromium.launch_persistent_context(
                profile, executable_path=chromium.program, args=arguments, env=environment
            )
            if role != "visitor":
                value = session_cookie(getattr(places, role))
                browser.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": web.url}])
            report = lighthouse_report(program, web.url + address, port)
            browser.close()
        if report is None:
            line(name, "could not be measured", "")
            continue
        marks = " ".join(f"{100 * report['categories'][category]['score']:4.0f}" for category in CATEGORIES)
        paint, shift = (report["audits"][audit]["numericValue"] for audit in ("largest-contentful-paint", "cumulative-layout-shift"))
        line(name, f"{marks}  {paint / 1000:.2f} s  {shift:.3f}", " ".join(lost(report)))


def lost(report: dict[str, Any]) -> list[str]:
    """The audits that cost marks in accessibility and best practices."""
    weighed = [part["id"] for name in CATEGORIES[1:] for part in report["categories"][name]["auditRefs"] if part["weight"]]
    return [audit for audit in weighed if report["audits"][audit]["score"] not in (None, 1)]


def lighthouse() -> str | None:
    """Its program, installed into build/ the first time."""
    program = BUILD / "node_modules" / ".bin" / "lighthouse"
    npm = shutil.which("npm")
    if not program.exists() and npm:
        BUILD.mkdir(parents=True, exist_ok=True)
        command = [npm, "install", "--prefix", str(BUILD), "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", LIGHTHOUSE]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            print(f"npm ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return str(program) if program.exists() else None


def lighthouse_report(program: str, url: str, port: int) -> dict[str, Any] | None:
    """The report of the browser that listens on a port, as Lighthouse writes it; None when it failed."""
    options = ("--quiet", "--output=json", "--output-path=stdout", "--disable-storage-reset")
    command = [program, url, *options, f"--only-categories={','.join(CATEGORIES)}", f"--port={port}"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=180)
    if done.returncode:
        print(f"  Lighthouse ended with {done.returncode}: {done.stderr.strip()[-200:]}")
        return None
    report: dict[str, Any] = json.loads(done.stdout)
    if report["finalDisplayedUrl"].partition("#")[0] != url:
        print(f"  {url} led to {report['finalDisplayedUrl']}")
    return report


def line(what: str, measured: str, target: str) -> None:
    """A row of a table."""
    print(f"  {what:<50} {measured:>12}   {target}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
