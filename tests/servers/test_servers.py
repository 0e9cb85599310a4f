"""The launchers themselves: real servers that come, freeze, die and go."""

from __future__ import annotations

import socket
import subprocess
import sys

import playwright.sync_api
import psycopg
import pytest
import redis
from pytest_socket import SocketConnectBlockedError

from config.roles import BASE_DIR
from tests.servers.chromium import find_or_install_chromium
from tests.servers.ports import spare_port
from tests.servers.postgres import PostgresServer
from tests.servers.redis import RedisServer
from tests.servers.waiting import wait_until


def test_redis_server_killed_and_started_again_answers_at_the_same_address(redis_server: RedisServer):
    with redis_server.client as client:
        client.set("left", "behind")
    redis_server.kill()
    assert not redis_server.answers()
    redis_server.start()
    with redis_server.client as client:
        assert client.get("left") is None


def test_redis_server_frozen_accepts_and_says_nothing(redis_server: RedisServer):
    redis_server.freeze()
    with redis_server.client as client, pytest.raises(redis.exceptions.TimeoutError):
        client.ping()
    redis_server.thaw()
    wait_until(redis_server.answers, what="a thawed Redis answers")


@pytest.mark.postgresql
def test_postgres_server_killed_and_restarted_keeps_what_was_committed():
    server = PostgresServer().start()
    try:
        with psycopg.connect(server.url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (number int)")
            connection.execute("INSERT INTO kept VALUES (7)")
        server.kill()
        assert not server.answers()
        server.restart()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    finally:
        server.stop()
    assert not server.directory.exists()


@pytest.mark.browser
def test_chromium_reaches_no_other_machine(browser, live_web):
    assert find_or_install_chromium().program
    page = browser.new_page()
    answer = page.goto(f"{live_web.url}/health/live")
    assert answer.json() == {"status": "ok"}
    with pytest.raises(playwright.sync_api.Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://example.org/")
    page.close()


@pytest.mark.worker
def test_worker_carries_out_the_heartbeat(own_site):
    from config.models import Heartbeat

    own_site.start_worker()
    own_site.start_beat()
    wait_until(Heartbeat.objects.exists, every=0.2, what="the worker is heard")
    assert Heartbeat.objects.get().worker.startswith("worker@")


def test_a_port_is_given_to_one_run_alone():
    """Another process, as another run of tests is, finds the number taken as long as this one lives."""
    ours = [spare_port() for _ in range(20)]
    assert len(set(ours)) == 20
    deal = f"from tests.servers import ports; ports.CHOICE = {ours}; ports.spare_port()"
    dealt = subprocess.run([sys.executable, "-c", deal], cwd=BASE_DIR, capture_output=True, text=True, check=False)
    assert "None of 20 ports of the loopback is free" in dealt.stderr


def test_no_test_reaches_another_machine():
    with pytest.warns(UserWarning, match=r"192\.0\.2\.1"), pytest.raises(SocketConnectBlockedError):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with socket.create_server(("127.0.0.1", 0)) as here:
        socket.create_connection(here.getsockname(), timeout=1).close()
