"""A worker that has gone deaf ends; one that is idle, busy or without Redis does not."""

from __future__ import annotations

import pytest
from django.db import transaction

from accounts.models import User
from config.listening import DEAF_AFTER, Ear
from quizzes.models import Attempt, GradingJob
from tests.client import ApiClient, some_answer
from tests.servers.people import make_person
from tests.servers.waiting import wait_until


class Time:
    def __init__(self):
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("waiting", "busy", "deaf"),
    [(3, False, True), (0, False, False), (3, True, False), (None, False, False)],
    ids=["messages wait", "nothing waits", "a task runs", "redis is away"],
)
def test_deaf_is_idle_while_messages_wait(waiting, busy, deaf):
    time = Time()
    ear = Ear(time)
    assert not ear.is_deaf(waiting=waiting, busy=busy)
    time.now += DEAF_AFTER - 1
    assert not ear.is_deaf(waiting=waiting, busy=busy)
    time.now += 2
    assert ear.is_deaf(waiting=waiting, busy=busy) is deaf


def test_whoever_hears_now_and_then_is_not_deaf():
    time = Time()
    ear = Ear(time)
    for _ in range(5):
        time.now += DEAF_AFTER - 1
        assert not ear.is_deaf(waiting=9, busy=False)
        ear.heard()


@pytest.mark.postgresql
@pytest.mark.worker
def test_a_worker_whose_acknowledgement_was_lost_ends_and_its_successor_hears(own_site):
    """Redis hangs at the moment of the acknowledgement: the learner's row is locked from here, so that grading lasts until then."""
    client = ApiClient.of(make_person("learner"), own_site.start_web().url)
    attempt = client.start(mode="drill", count=1)
    client.save(attempt["id"], 1, some_answer(attempt["questions"][0]))
    worker = own_site.start_worker(processes=1)
    learner = Attempt.objects.get(pk=attempt["id"]).user_id
    with transaction.atomic():
        User.objects.select_for_update().get(pk=learner)
        client.submit(attempt["id"])
        wait_until(lambda: GradingJob.objects.filter(state="leased").exists(), what="the worker holds the job")
        own_site.redis.freeze()
    try:
        wait_until(lambda: "Couldn't ack" in worker.tail(1000), what="the acknowledgement is lost")
    finally:
        own_site.redis.thaw()
    own_site.start_beat()
    wait_until(lambda: not worker.running, seconds=150, every=0.5, what="the deaf worker ends")
    assert "worker_deaf" in worker.tail(1000)
    own_site.start_worker(name="second")
    again = client.start(mode="drill", count=1)
    client.submit(again["id"])
    wait_until(lambda: client.status(again["id"]) == "graded", what="its successor grades")
