"""Fifty simulated learners practise over HTTP with a real worker; the product says what the pure package says of the same answers."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from math import exp

import numpy as np
import pytest

from analytics import ledger
from analytics.instrument import forget, instrument_of
from analytics.models import AttemptEvidence, Mastery
from analytics.readiness.accuracy import brier, calibration_error, reliability
from analytics.readiness.calibration import LABEL_MEANS, LABEL_SD
from analytics.readiness.filter import FIRST_TIME, REPEAT, QuestionParameters, at_day, update
from analytics.readiness.scores import report
from analytics.readiness.state import ability_model, unpack
from lifecycle.models import Exam
from quizzes.models import Attempt, KeyRevision, Question
from tests.client import ApiClient, wrong_answer
from tests.servers.people import make_person
from tests.servers.waiting import wait_until

pytestmark = [pytest.mark.worker, pytest.mark.timeout(900)]

LEARNERS = 50
SITTINGS = 2
QUESTIONS = 8
SEED = 20_261


@dataclass
class Practised:
    """A simulated learner with what was sent: the question, and whether it was right, by attempt and position."""

    client: ApiClient
    user_id: int
    ability: float
    sent: dict[str, list[tuple[int, bool]]] = field(default_factory=dict)


@dataclass(frozen=True)
class Known:
    """What the simulation knows of a question."""

    question_id: int
    key: object
    label: str


def test_fifty_learners_over_http_get_the_numbers_of_the_pure_package(live_db, live_web, worker):
    forget()
    dealer = random.Random(SEED)
    known = {
        question.current_version_id: Known(question.pk, key, question.difficulty)
        for question in Question.objects.published()
        for key in KeyRevision.objects.filter(version=question.current_version_id)
        .order_by("-revision")
        .values_list("answer", flat=True)[:1]
    }
    learners = [
        Practised(ApiClient.of(person, live_web.url), person.pk, dealer.gauss(-0.2, 0.9))
        for person in (make_person("learner") for _ in range(LEARNERS))
    ]
    for _ in range(SITTINGS):
        for learner in learners:
            sit(learner, known, dealer)
    graded = Attempt.objects.filter(user_id__in=[learner.user_id for learner in learners], state=Attempt.State.GRADED)
    wait_until(lambda: graded.count() == LEARNERS * SITTINGS, seconds=600, what="every sitting is graded")
    exam = Exam.objects.get(slug="aif-c01")
    instrument = instrument_of(exam.pk)
    assert instrument.parameter_version is None  # the pure run below uses the labels, as the product must

    said_here, said_there, happened = [], [], []
    for learner in learners:
        state, predictions, outcomes = pure_run(learner, instrument)
        row = Mastery.objects.get(user_id=learner.user_id, exam=exam)
        stored = unpack(bytes(row.state), instrument.layout)
        assert stored.mean == pytest.approx(state.mean, abs=1e-12)
        assert stored.cov == pytest.approx(state.cov, abs=1e-12)
        assert stored.first_answers.tolist() == state.first_answers.tolist()
        said_here += predictions
        happened += outcomes
        said_there += stored_predictions(learner)
        assert_api_agrees(learner, at_day(state, instrument.model, state.day), instrument)
    assert said_there == pytest.approx(said_here, abs=1e-6)
    assert len(said_here) == LEARNERS * SITTINGS * QUESTIONS
    for measure in (brier, lambda said, came: calibration_error(reliability(said, came))):
        here, there = (measure(np.array(said), np.array(happened)) for said in (said_here, said_there))
        assert there == pytest.approx(here, abs=1e-6)


def sit(learner: Practised, known: dict[int, Known], dealer: random.Random) -> None:
    """One sitting: right with the chance that ability and label give."""
    body = learner.client.start(mode="drill", count=QUESTIONS)
    versions = [version for version, _scored in Attempt.objects.get(pk=body["id"]).form]
    sent = []
    for question, version in zip(body["questions"], versions, strict=True):
        facts = known[version]
        right = dealer.random() < 1 / (1 + exp(LABEL_MEANS[facts.label] - learner.ability))
        answer = facts.key if right else wrong_answer(question, facts.key)
        assert learner.client.save(body["id"], question["position"], answer).status == 200
        sent.append((facts.question_id, right))
    assert learner.client.submit(body["id"]).status == 202
    learner.sent[body["id"]] = sent


def pure_run(learner: Practised, instrument):
    """The package alone on what was sent: the state, and the predictions with what came."""
    model = ability_model(instrument.layout, instrument.hyper)
    state, met, predictions, outcomes = model.prior(), set(), [], []
    attempts = Attempt.objects.filter(pk__in=learner.sent).order_by("submitted_at", "pk")
    for attempt in attempts:
        for question_id, right in learner.sent[str(attempt.pk)]:
            asked = instrument.questions[question_id]
            question = QuestionParameters(asked.task, 1.0, LABEL_MEANS[asked.label], LABEL_SD, asked.stage)
            weight = REPEAT if question_id in met else FIRST_TIME
            day = attempt.submitted_at.timestamp() / 86_400
            predictions.append(update(state, model, question, correct=right, weight=weight, day=day).probability)
            outcomes.append(float(right))
        met |= {question_id for question_id, _right in learner.sent[str(attempt.pk)]}
    return state, predictions, outcomes


def stored_predictions(learner: Practised) -> list[float]:
    rows = AttemptEvidence.objects.filter(user_id=learner.user_id).order_by("submitted_at", "attempt_id")
    return [float(chance) for row in rows for chance in ledger.read(bytes(row.records))["probability"]]


def assert_api_agrees(learner: Practised, state, instrument) -> None:
    """What the learner is told is the package's report; a few seconds of waiting change no whole number by more than one."""
    body = learner.client.call("GET", "/api/v1/readiness/aif-c01/").body
    shown = report(state, instrument.standard)
    assert body["verdict"] == shown.verdict.value
    assert body["first_answers"] == shown.answers
    if body["exam"]:
        assert body["exam"]["estimate"] == pytest.approx(shown.scaled, abs=1)
        assert body["exam"]["low"] == pytest.approx(shown.scaled_low, abs=1)
        assert body["exam"]["chance"] == pytest.approx(shown.chance, abs=1e-3)
