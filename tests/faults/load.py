"""What happens when everybody comes at once: F17."""

from __future__ import annotations

import random
import time

from tests.client import right_answers
from tests.faults.learners import Learner, Sitting
from tests.faults.matrix import BOTH, fault
from tests.faults.scene import Scene

STARTS_PER_SECOND = 200 / 30  # 200 learners, all of them within half a minute
SUBMITS_PER_SECOND = 0.2 * 200 / 5  # a fifth of them hand in within the last five seconds


@fault("F17", "everybody starts together and submits together", on=BOTH, alone=True)
def herd(scene: Scene) -> None:
    """Whole exams of 65 questions, started at 200 in 30 s and submitted at 8 a second, as in the last seconds of an exam of 200: 95 of
    100 starts, saves and submits are answered within 1 s, nothing is lost, and all are graded within 60 s after the last submit."""
    web, _worker, _sweep = scene.everything()
    learners = [scene.learner(web.url) for _number in range(30 if scene.small else 200)]
    # What a process reads once, the web's and both graders', is read: this is about many, not about the first.
    first = scene.answered(web.url, people=6, mode="simulation")
    scene.submit_all(first)
    scene.graded(first, within=60)
    scene.ledger.forget_times()
    bodies = _at_a_rate(scene, learners, STARTS_PER_SECOND, _start)
    scene.measure("95 of 100 starts answered after", scene.ledger.percentile("start", 0.95), at_most=1)
    sittings = [
        Sitting(learner, body, right_answers(body), random.Random(scene.dice.random()))
        for learner, body in zip(learners, bodies, strict=True)
    ]
    scene.together(sittings, lambda sitting: [sitting.answer(position) for position in sitting.dice.sample(sitting.positions, 6)])
    scene.measure("95 of 100 saves answered after", scene.ledger.percentile("save", 0.95), at_most=1)
    answers = _at_a_rate(scene, sittings, SUBMITS_PER_SECOND, lambda sitting: sitting.submit().status)
    scene.graded(sittings, within=60)
    scene.require(set(answers) == {202}, f"submits were answered {sorted(set(answers))}")
    scene.measure("95 of 100 submits answered after", scene.ledger.percentile("submit", 0.95), at_most=1)
    scene.require(not scene.ledger.server_errors(), f"{scene.ledger.server_errors()} answers were errors of the server")


def _start(learner: Learner) -> dict:
    return learner.start(mode="simulation")


def _at_a_rate(scene: Scene, things: list, per_second: float, work):
    """Do something with each, at this rate on average and at random within it."""
    began = time.monotonic()
    span = len(things) / per_second
    moments = sorted(scene.dice.uniform(0, span) for _thing in things)

    def wait_and_work(pair):
        moment, thing = pair
        time.sleep(max(0.0, began + moment - time.monotonic()))
        return work(thing)

    return scene.together(list(zip(moments, things, strict=True)), wait_and_work, at_once=len(things))
