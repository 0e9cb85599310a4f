"""Grading by real processes, with the broker and the worker killed, frozen and raced."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from accounts.models import User
from quizzes.models import Attempt, Grade, GradingJob, Response
from tests.client import ApiClient, right_answers, some_answer, wrong_answer
from tests.servers.people import make_person
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.worker


@pytest.fixture
def client(own_site):
    """A learner's client on a web server of the test's own."""
    web = own_site.start_web()
    return ApiClient.of(make_person("learner"), web.url)


def finished(client, attempt):
    """Wait for the grade; who is to give it may still be starting."""
    wait_until(lambda: client.status(attempt["id"]) == "graded", every=0.1, what="the attempt is graded")
    return Grade.objects.get(attempt=attempt["id"])


def answered(client, count=5, **wish):
    """A drill with every question answered."""
    attempt = client.start(mode="drill", count=count, **wish)
    for question in attempt["questions"]:
        assert client.save(attempt["id"], question["position"], some_answer(question)).status == 200
    return attempt


def test_the_worker_grades_with_the_exact_score(own_site, client):
    own_site.start_worker()
    attempt = client.start(mode="drill", tasks=["1.3"], count=10)
    right = right_answers(attempt)
    for question in attempt["questions"]:
        position = question["position"]
        given = right[position] if position % 2 else wrong_answer(question, right[position])
        assert client.save(attempt["id"], position, given).status == 200
    client.submit(attempt["id"])
    grade = finished(client, attempt)
    assert grade.score == 5 and grade.credits == [1.0, 0.0] * 5
    assert grade.graded_by.startswith("worker:")


def costs_no_second(own_site, trouble, mend):
    """Submit in that trouble, on a web server that has not met it before: answered within a second, graded by the sweep within ten.

    Three times at most: a request that waits for the broker does so every time, one that a busy machine held up does not.
    """
    took = []
    for _ in range(3):
        client = ApiClient.of(make_person("learner"), own_site.start_web().url)
        attempt = answered(client)
        trouble()
        try:
            before = time.monotonic()
            assert client.submit(attempt["id"]).status == 202
            answered_after = time.monotonic() - before
            assert finished(client, attempt).graded_by.startswith("sweep:")
            took.append((answered_after, time.monotonic() - before))
        finally:
            mend()
        if answered_after < 1 and took[-1][1] < 10:
            return
    raise AssertionError(f"seconds until a submit was answered (less than 1) and graded (less than 10), each time: {took}")


def test_redis_killed_around_a_submit_costs_no_second_and_no_grade(own_site):
    own_site.start_worker()
    own_site.start_sweep()
    costs_no_second(own_site, own_site.redis.kill, own_site.redis.start)


def test_redis_frozen_around_a_submit_costs_no_second_and_no_grade(own_site):
    own_site.start_sweep()
    costs_no_second(own_site, own_site.redis.freeze, own_site.redis.thaw)


def test_twenty_submits_at_once_make_one_grade(own_site, client):
    own_site.start_worker(processes=2)
    own_site.start_sweep("--workers-first", "0")
    attempt = answered(client)
    barrier = threading.Barrier(20)

    def submit(_number):
        barrier.wait()
        return client.submit(attempt["id"])

    with ThreadPoolExecutor(20) as pool:
        receipts = list(pool.map(submit, range(20)))
    assert [receipt.status for receipt in receipts] == [202] * 20
    assert all(receipt.body == receipts[0].body for receipt in receipts)
    finished(client, attempt)
    assert Grade.objects.filter(attempt=attempt["id"]).count() == 1
    assert GradingJob.objects.filter(attempt=attempt["id"]).count() == 1


@pytest.mark.postgresql
def test_worker_killed_between_claim_and_commit_leaves_one_grade(own_site, client):
    """The learner's row is locked from here, so that the worker stops after its claim and before its commit."""
    attempt = answered(client)
    worker = own_site.start_worker()
    learner = Attempt.objects.get(pk=attempt["id"]).user_id
    with transaction.atomic():
        User.objects.select_for_update().get(pk=learner)
        client.submit(attempt["id"])
        leased = lambda: GradingJob.objects.using("default").filter(attempt=attempt["id"], state="leased").first()  # noqa: E731
        job = wait_until(leased, what="the worker holds the job")
        assert job.lease_owner.startswith("worker:")
        os.killpg(worker.pid, signal.SIGKILL)
        worker.process.wait()
        assert not Grade.objects.filter(attempt=attempt["id"]).exists()
    own_site.start_worker(name="second")
    own_site.start_sweep("--workers-first", "0")
    grade = finished(client, attempt)
    assert Grade.objects.filter(attempt=attempt["id"]).count() == 1
    assert grade.graded_by != job.lease_owner


def test_two_devices_erase_nothing_of_each_other(own_site, client):
    attempt = client.start(mode="drill", count=5)
    question = attempt["questions"][0]
    first = some_answer(question)
    phone, laptop = client, ApiClient(client.url, client.token)
    assert phone.save(attempt["id"], 1, first).status == 200
    stale = laptop.save(attempt["id"], 1, None)
    assert (stale.status, stale.body["code"], stale.body["stored"]["answer"]) == (409, "stale", phone.acknowledged[attempt["id"], 1][1])
    barrier = threading.Barrier(8)

    def change(number):
        barrier.wait()
        return ApiClient(client.url, client.token).save(attempt["id"], 1, None if number % 2 else first, base=1).status

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(change, range(8)))
    assert statuses == [200] + [409] * 7
    assert Response.objects.get(attempt=attempt["id"], position=1).version == 2


def test_without_any_broker_the_sweep_grades(own_site):
    web = own_site.start_web(REDIS_URL="")
    own_site.start_sweep()
    client = ApiClient.of(make_person("learner"), web.url)
    attempt = answered(client, count=3)
    client.submit(attempt["id"])
    assert finished(client, attempt).graded_by.startswith("sweep:")
    connections.close_all()
