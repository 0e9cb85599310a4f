"""What happens when clocks disagree and time runs out: F11."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from accounts.clock import read_db_now
from quizzes.models import Attempt, Response
from tests.client import Answer
from tests.faults.learners import Sitting
from tests.faults.matrix import fault
from tests.faults.scene import Scene
from tests.servers.site import Web

GRACE = 30


def faketime() -> str:
    """The library that gives a process another clock, or nothing (apt-get install faketime)."""
    return next((str(path) for path in sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))), "")


@fault("F11", "clocks that are ten minutes wrong, and what arrives at the deadline")
def clocks_differ(scene: Scene) -> None:
    """Web hosts whose clocks are ten minutes fast or slow judge a deadline alike, by the database's clock: the grace ends exact to one
    second; what is submitted late has the deadline as its time; the sweep closes for who is absent within grace and 30 s; a
    learner's extra time counts."""
    webs = [scene.web()]
    library = faketime()
    if library:
        for seconds in (600, -600):
            settings = {"LD_PRELOAD": library, "FAKETIME": f"{seconds:+d}s", "DONT_FAKE_MONOTONIC": "1"}
            webs.append(scene.web(**settings))
            _must_be_wrong(scene, webs[-1], seconds)
    else:
        scene.note("no faketime here: hosts' clocks were left right")
    scene.worker()
    absent: list[Sitting] = []
    for web in webs:
        absent += _edges(scene, web)
    began = time.monotonic()
    scene.start(["env", *([f"LD_PRELOAD={library}", "FAKETIME=+600s", "DONT_FAKE_MONOTONIC=1"] if library else []), *_sweep()], "sweep")
    ids = [sitting.id for sitting in absent]
    deadlines = dict(Attempt.objects.filter(pk__in=ids).values_list("pk", "deadline"))
    open_ones = Attempt.objects.filter(pk__in=ids, state="in_progress")
    scene.wait(lambda: not open_ones.exists(), "absent learners' attempts are closed")
    scene.measure("closed after deadline and grace", max(0.0, time.monotonic() - began), at_most=30)
    for pk, deadline in deadlines.items():
        submitted_at = Attempt.objects.get(pk=pk).submitted_at
        scene.require(
            submitted_at == deadline, f"an attempt closed for its learner has the time {submitted_at}, not its deadline {deadline}"
        )
    for sitting in absent:
        scene.ledger.note_receipt(sitting.id, None)
    scene.graded(absent, within=30)
    _extra_time(scene, webs[0].url)


def _sweep() -> list[str]:
    from config import roles

    return roles.sweep()


def _must_be_wrong(scene: Scene, web: Web, seconds: int) -> None:
    """The host's clock is wrong, or the fault is none: the web's log has its time."""
    scene.learner(web.url).call("GET", "/api/v1/attempts/")
    lines = [line for line in web.launched.log.read_text().splitlines() if '"event": "request"' in line]
    newest = datetime.fromisoformat(json.loads(lines[-1])["timestamp"])
    off = (newest - datetime.now(UTC)).total_seconds()
    scene.require(abs(off - seconds) < 60, f"the web's clock should be {seconds} s wrong and is {off:.0f} s wrong")


def _edges(scene: Scene, web: Web) -> list[Sitting]:
    """One attempt for each moment around the deadline; returns those of absent learners."""
    moments = {"a second before": 1, "a second after": -1, "a second before the grace ends": 1 - GRACE, "a second after it": -1 - GRACE}
    sittings = scene.answered(web.url, people=len(moments) + 1, count=2)
    for (name, left), sitting in zip(moments.items(), sittings, strict=False):
        before = Response.objects.get(attempt=sitting.id, position=1)
        deadline, saved = _save_at(sitting, left)
        wanted = 200 if left > -GRACE - 1 else 409
        scene.require(saved.status == wanted, f"a save {name} was answered {saved.status} {saved.body.get('code', '')} at {web.url}")
        if wanted == 409:
            kept = Response.objects.get(pk=before.pk)
            scene.require((kept.answer, kept.version) == (before.answer, before.version), "a late save changed what was stored")
        else:
            sitting.versions[1] += 1
        submitted = sitting.submit()
        at = Attempt.objects.get(pk=sitting.id).submitted_at
        scene.require(submitted.status == 202, f"a submit {name} was answered {submitted.status}")
        scene.require(at is not None and at <= deadline, f"submitted {name}, and the time is {at}, after the deadline {deadline}")
        if left < 0:
            scene.require(at == deadline, f"submitted {name}, and the time is {at}, not the deadline {deadline}")
    absent = sittings[-1:]
    _move(absent[0], read_db_now() - timedelta(seconds=GRACE))
    scene.graded(sittings[:-1], within=30)
    return absent


def _save_at(sitting: Sitting, left: int) -> tuple[datetime, Answer]:
    """Save so many seconds before the deadline (after it, where they are negative); the deadline, and what was answered.

    The edge is exact to one second, but a busy machine may need more for the way there: a save that was refused when, by the
    database's clock, it may have come too late for the moment it was meant for, is made again.
    """
    early_enough = left > -GRACE - 1
    for _try in range(20):
        # Half a second for the request itself.
        deadline = read_db_now() + timedelta(seconds=left + (0.5 if early_enough else 0))
        _move(sitting, deadline)
        saved = sitting.learner.save(sitting.id, 1, None, base=sitting.versions[1])
        if saved.status != 409 or not early_enough or read_db_now() <= deadline + timedelta(seconds=GRACE):
            return deadline, saved
    raise AssertionError("20 saves in turn took the way to the web more than a second: the machine is too busy to judge an edge")


def _move(sitting: Sitting, deadline: datetime) -> None:
    """Give an attempt another deadline, as if it had begun and been answered an hour before that."""
    before = deadline - timedelta(hours=1)
    Attempt.objects.filter(pk=sitting.id).update(started_at=before, deadline=deadline)
    Response.objects.filter(attempt=sitting.id).update(saved_at=before)


def _extra_time(scene: Scene, url: str) -> None:
    """A hundred minutes into an exam of ninety: over for most, and not for who has half as much time again."""
    standard = scene.sit(url, people=1, mode="simulation")[0]
    extended = scene.sit(url, people=1, mode="simulation", allowance="x1.5")[0]
    for sitting in (standard, extended):
        sitting.answer(1)
    beside = Path(os.environ["CLOCK_OFFSET_FILE"]).with_suffix(".new")
    beside.write_text(str(100 * 60))
    beside.replace(os.environ["CLOCK_OFFSET_FILE"])
    late = standard.learner.save(standard.id, 2, None)
    scene.require(late.status == 409, f"a save ten minutes after the end was answered {late.status}")
    scene.require(extended.answer(2).status == 200, "extra time was not honoured")
    scene.require(extended.submit().status == 202, "a submit in extra time was refused")
    scene.ledger.note_receipt(standard.id, None)
    scene.graded([standard, extended], within=30)
