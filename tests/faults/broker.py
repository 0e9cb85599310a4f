"""What happens to Redis and the way to it: F3 killed, F4 hung, F5 unreachable, F6 emptied, F19 deaf workers."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request

from accounts.clock import read_db_now
from config.heartbeat import last_heard
from quizzes.models import GradingJob
from tests.faults.learners import Sitting
from tests.faults.matrix import BOTH, fault
from tests.faults.scene import Scene
from tests.servers.site import Web


def submit_at_a_rate(scene: Scene, sittings: list[Sitting], per_second: float) -> None:
    """Submit one after another, evenly; each must get its receipt at the first try."""
    began = time.monotonic()

    def submit(numbered: tuple[int, Sitting]) -> None:
        number, sitting = numbered
        time.sleep(max(0.0, began + number / per_second - time.monotonic()))
        answer = sitting.learner.submit(sitting.id, key=sitting.key)
        scene.require(answer.status == 202, f"a submit was answered {answer.status}")

    scene.together(list(enumerate(sittings)), submit)


@fault("F3", "kill -9 of Redis, back empty, and gone for good", on=BOTH, alone=True)
def redis_killed(scene: Scene) -> None:
    """Submits go on being answered, 99 of 100 within 1 s; everything is graded within 60 s of the last submit, whether Redis comes
    back (empty) or never does."""
    web, _worker, _sweep = scene.everything()
    count = 20 if scene.small else 100
    coming_back = scene.answered(web.url, people=10, each=count // 10, count=2)
    never = scene.answered(web.url, people=10, each=count // 10, count=2)
    scene.ledger.forget_times()
    scene.redis.kill()
    submit_at_a_rate(scene, coming_back, 20)
    last = time.monotonic()
    time.sleep(2 if scene.small else 28)
    scene.redis.start()
    scene.graded(coming_back, within=60, since=last)
    half = len(never) // 2
    submit_at_a_rate(scene, never[:half], 20)
    scene.redis.kill()
    submit_at_a_rate(scene, never[half:], 20)
    scene.graded(never, within=60)
    scene.measure("99 of 100 submits answered after", scene.ledger.percentile("submit", 0.99), at_most=1)


@fault("F4", "Redis hangs: connections stay open and nothing answers")
def redis_hung(scene: Scene) -> None:
    """99 of 100 submits are answered within 2 s and no request is held longer; graded within 60 s though Redis still hangs."""
    web, _worker, _sweep = scene.everything()
    sittings = scene.answered(web.url, people=10, each=4 if scene.small else 10, count=2)
    scene.ledger.forget_times()
    scene.redis.freeze()
    began = time.monotonic()
    try:
        for sitting in sittings[:10]:
            sitting.answer(1)
        submit_at_a_rate(scene, sittings, 10)
        scene.measure("99 of 100 submits answered after", scene.ledger.percentile("submit", 0.99), at_most=2)
        scene.measure("the slowest request answered after", max(scene.ledger.percentile(kind, 1) for kind in ("save", "submit")), at_most=2)
        scene.graded(sittings, within=60)
        time.sleep(max(0.0, began + (0 if scene.small else 60) - time.monotonic()))
    finally:
        scene.redis.thaw()


@fault("F5", "Redis cannot be reached from the web")
def redis_unreachable(scene: Scene) -> None:
    """Whether the port is closed or swallows everything: submits are answered as ever, each with its order in the same commit, and
    graded within 60 s."""
    web, _worker, _sweep = scene.everything()
    count = 2 if scene.small else 8
    for way in (scene.web_broker.refuse, scene.web_broker.blackhole):
        sittings = scene.answered(web.url, people=8, each=count, count=2)
        scene.ledger.forget_times()
        way()
        for sitting in sittings:
            answer = sitting.learner.submit(sitting.id, key=sitting.key)
            scene.require(answer.status == 202, f"a submit was answered {answer.status}")
            scene.require(GradingJob.objects.filter(attempt=sitting.id).count() == 1, "a receipt came before the order was stored")
        scene.measure("99 of 100 submits answered after", scene.ledger.percentile("submit", 0.99), at_most=1)
        scene.graded(sittings, within=60)
        scene.web_broker.pass_on()


@fault("F6", "FLUSHALL while orders wait", on=BOTH)
def redis_emptied(scene: Scene) -> None:
    """The queue is gone and nothing else: all are graded within 60 s."""
    web = scene.web()
    sittings = scene.answered(web.url, people=10, each=3 if scene.small else 20, count=2)
    scene.submit_all(sittings)
    with scene.redis.client as client:
        scene.wait(lambda: client.llen("studyloop"), "a hint is queued")
        client.flushall()
        emptied = time.monotonic()
        scene.require(not client.llen("studyloop"), "the queue was not emptied")
    scene.worker()
    scene.sweep()
    scene.graded(sittings, within=60, since=emptied)


@fault("F19", "a worker that lives and hears nothing")
def worker_deaf(scene: Scene) -> None:
    """Readiness says so 60 s after the last message heard, grading goes on by the sweep within 30 s, and the worker is heard again
    without a restart once it can hear."""
    web, worker, _sweep = scene.everything()
    scene.beat()
    scene.wait(lambda: _light(web) == "ok", "readiness is green", every=0.2)
    scene.worker_broker.blackhole()
    sittings = scene.answered(web.url, people=5, each=2)
    scene.submit_all(sittings)
    scene.graded(sittings, within=30)
    end = time.monotonic() + 90
    while _light(web) == "ok" and time.monotonic() < end:
        time.sleep(0.25)
    heard = last_heard()
    silent = (read_db_now() - heard).total_seconds() if heard else 0.0
    scene.measure("readiness no longer green, so long after the last message", silent, at_most=62)  # 60 s, and a look
    scene.require(scene.manage("worker_health").returncode == 1, "worker_health says that a deaf worker is well")
    scene.worker_broker.pass_on()
    began = time.monotonic()
    while _light(web) != "ok" and time.monotonic() < began + 90:
        time.sleep(0.25)
    scene.measure("heard again after", time.monotonic() - began, at_most=60)
    scene.require(worker.running, "the worker had to be started again")


def _light(web: Web) -> str:
    try:
        with urllib.request.urlopen(f"{web.url}/health/ready", timeout=30) as answer:
            return str(json.load(answer)["status"])
    except urllib.error.HTTPError as error:
        with error:
            return str(json.load(error)["status"])
