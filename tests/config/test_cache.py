"""The cache while Redis is well, dead and frozen."""

from __future__ import annotations

import os

import pytest
from django.core.cache import cache
from structlog.testing import capture_logs

import config.cache
from config.cache import MemoryCache, PatientRedisCache, batched


@pytest.fixture
def patient(redis_server, settings, monkeypatch):
    """A cache on a Redis of the test's own; its rest is over before and after, and lasts as long as the test, however slow that is."""
    monkeypatch.setattr(config.cache, "REST_SECONDS", 3600.0)
    PatientRedisCache.rest_until = 0.0
    options = {"OPTIONS": settings.CACHES["default"]["OPTIONS"], "KEY_PREFIX": "mine"}
    yield PatientRedisCache(f"{redis_server.url}?db=0", options)
    PatientRedisCache.rest_until = 0.0


def test_cache_is_redis_while_it_answers(patient, redis_server):
    patient.set("a", {"b": 1})
    assert patient.get("a") == {"b": 1}
    with redis_server.client as client:
        assert client.exists("mine:1:a")


def test_cache_goes_on_in_memory_when_redis_is_dead(patient, redis_server):
    redis_server.kill()
    with capture_logs() as lines:
        assert patient.add("count", 1) is True
        assert patient.incr("count") == 2
        assert patient.get("count") == 2
    assert [line["event"] for line in lines] == ["cache_away"]


def test_cache_frozen_is_waited_for_once(patient, redis_server):
    redis_server.freeze()
    with capture_logs() as lines:
        for number in range(50):
            patient.set(f"key{number}", number)
    assert [(line["event"], line["error"]) for line in lines] == [("cache_away", "TimeoutError")]
    assert patient.get("key49") == 49
    redis_server.thaw()


def test_cache_returns_to_redis_after_its_rest(patient, redis_server):
    redis_server.kill()
    patient.set("a", 1)
    redis_server.start()
    PatientRedisCache.rest_until = 0.0
    patient.set("a", 2)
    with redis_server.client as client:
        assert client.exists("mine:1:a")


def test_tally_counts_in_redis_and_is_forgotten(patient, redis_server):
    assert [patient.tally("calls", 61) for _ in range(3)] == [1, 2, 3]
    with redis_server.client as client:
        assert 0 < client.ttl("mine:1:calls") <= 61


def test_tally_goes_on_in_memory_when_redis_is_dead(patient, redis_server):
    redis_server.kill()
    assert [patient.tally("calls", 61) for _ in range(3)] == [1, 2, 3]


def test_tally_of_memory_alone_counts_and_forgets():
    memory = MemoryCache("tally", {})
    assert [memory.tally("calls", 61), memory.tally("calls", 61), memory.tally("others", 61)] == [1, 2, 1]
    memory.touch("calls", -1)
    assert memory.tally("calls", 61) == 1


def test_clear_leaves_the_queue_and_other_peoples_keys(patient, redis_server):
    for number in range(3):
        patient.set(f"key{number}", number)
    with redis_server.client as client:
        client.rpush("studyloop", "a hint")
        client.set("other:1:key0", "theirs")
        patient.clear()
        assert sorted(client.keys()) == [b"other:1:key0", b"studyloop"]
    assert patient.get("key0") is None


def test_the_tests_own_cache_is_the_real_one():
    assert os.environ["REDIS_URL"]
    assert isinstance(cache._connections["default"], PatientRedisCache)


def test_batched_gives_everything_in_lists():
    assert list(batched((b"%d" % n for n in range(5)), 2)) == [[b"0", b"1"], [b"2", b"3"], [b"4"]]
