"""What a complete exam costs the server: `python -m bench.attempts [--size small]`.

Real web, worker and PostgreSQL processes on this machine; one learner after another starts a simulation of 65 questions, saves
every answer when it is given, submits, is graded, and reads the result. Counted is processor time, which a busy machine blurs
less than the clock. Then attempts that wait are graded in this process, one at a time and in batches, so that what grading itself
takes stands beside its target without a worker's idling. The floor beside it is 65 bare durable writes in the same PostgreSQL, which
waits for the disk as in production. Rates of calls are not counted here (a test's environment has none): in production each save
counts once more in Redis.
"""

from __future__ import annotations

import argparse
import atexit
import os
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
SIZES = {"small": 3, "full": 20}
BATCH = 20


def processor_seconds(chosen: Callable[[int, int], bool]) -> float:
    """User and system seconds of all processes for which `chosen(process id, parent or group id)` holds, ended children included."""
    total = 0
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        parent, group = int(fields[1]), int(fields[2])
        if chosen(int(entry.name), group) or chosen(int(entry.name), parent):
            total += sum(int(ticks) for ticks in fields[11:15])
    return total / TICK


def main() -> int:
    """Measure, and print a table beside the targets; the exit status says only whether everything was graded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="full")
    learners = SIZES[parser.parse_args().size]

    from tests.servers.plugin import _make_environment
    from tests.servers.postgres import PostgresServer

    postgres = PostgresServer(durable=True).start()
    atexit.register(postgres.stop)
    os.environ["DATABASE_URL"] = postgres.url
    _make_environment("postgresql")
    os.environ["LOG_LEVEL"] = "WARNING"  # a line for each attempt that is graded here would hide the table
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from tests.servers.databases import Databases, reading_and_writing
    from tests.servers.site import Site

    with tempfile.TemporaryDirectory() as directory:
        databases = Databases(Path(directory))
        site = Site(
            Path(directory),
            databases.copy(),
            os.environ["REDIS_URL"],
            "bench",
            settings={"DATABASE_POOL_SIZE": "4"},
        )
        try:
            with reading_and_writing(site.database_url):
                return measure(site, learners, postgres)
        finally:
            site.stop()
            databases.drop_all()


def measure(site, learners: int, postgres) -> int:  # noqa: ANN001 - imported once Django is set up
    """Run the attempts and print what they cost."""
    from tests.client import ApiClient, right_answers
    from tests.servers.people import make_person
    from tests.servers.waiting import wait_until

    web = site.start_web()
    worker = site.start_worker()
    people = [ApiClient.of(make_person("learner"), web.url) for _number in range(learners + 1)]

    def groups() -> tuple[float, ...]:
        roots = (web.launched.pid, worker.pid, postgres.pid)
        return tuple(processor_seconds(lambda pid, above, root=root: root in (pid, above)) for root in roots)

    saves, graded_after, costs = [], [], []
    for number, client in enumerate(people):
        before = groups()
        attempt = client.start(mode="simulation")
        answers = right_answers(attempt)
        for question in attempt["questions"]:
            began = time.perf_counter()
            assert client.save(attempt["id"], question["position"], answers[question["position"]]).status == 200
            saves.append(time.perf_counter() - began)
        began = time.perf_counter()
        client.submit(attempt["id"])
        wait_until(lambda c=client, a=attempt: c.status(a["id"]) == "graded", seconds=30, what="graded")
        graded_after.append(time.perf_counter() - began)
        assert client.call("GET", f"/api/v1/attempts/{attempt['id']}/result/").status == 200
        after = groups()
        if number:  # the first warms what is cached per process
            costs.append([late - early for early, late in zip(before, after, strict=True)])
    site.stop()
    alone, together = grading_cost(learners, postgres, batch=1), grading_cost(learners, postgres, batch=BATCH)
    floor = durable_writes(learners)
    web_cost, worker_cost, database_cost = (statistics.mean(column) for column in zip(*costs, strict=True))
    rows = [
        ("web, one attempt of 65 questions", f"{web_cost * 1000:.0f} ms", ""),
        (
            "worker, grading and idling",
            f"{worker_cost * 1000:.0f} ms",
            "",
        ),
        ("PostgreSQL, its background included", f"{database_cost * 1000:.0f} ms", ""),
        ("web and worker together", f"{(web_cost + worker_cost) * 1000:.0f} ms", "200 ms, then 120 ms"),
        *(
            (f"grading {how}, {where}", f"{cost * 1000:.1f} ms", f"{target} ms")
            for how, costs, targets in (("one at a time", alone, (5, 2)), (f"in batches of {BATCH}", together, (2, 1)))
            for where, cost, target in zip(("Python", "PostgreSQL"), costs, targets, strict=True)
        ),
        ("65 bare durable writes (client's clock)", f"{floor * 1000:.0f} ms", "floor"),
        ("save, median as the client sees it", f"{statistics.median(saves) * 1000:.1f} ms", "p95 200 ms under load"),
        ("submit to grade visible, 95th of 100", f"{sorted(graded_after)[int(0.95 * (len(graded_after) - 1))] * 1000:.0f} ms", "1000 ms"),
    ]
    print(f"\n{learners} attempts after one to warm up, processor time of the server's processes")
    for what, measured, target in rows:
        print(f"  {what:<46} {measured:>10}   {target}")
    return 0


def grading_cost(attempts: int, postgres, *, batch: int) -> tuple[float, float]:  # noqa: ANN001 - as above
    """Processor seconds of Python and of PostgreSQL for one attempt of 65 questions, graded in this process with all that follows."""
    from quizzes.domain.grading import claim_jobs, grade_jobs

    wait_for_grading(batch)
    grade_jobs(jobs=claim_jobs(worker="bench:warm", batch=batch), worker="bench:warm")
    count = max(attempts, 2) * batch if batch > 1 else max(attempts, 2) * 5
    wait_for_grading(count)
    before = time.process_time(), processor_seconds(lambda pid, above: postgres.pid in (pid, above))
    graded = 0
    while jobs := claim_jobs(worker="bench", batch=batch):
        graded += grade_jobs(jobs=jobs, worker="bench")
    after = time.process_time(), processor_seconds(lambda pid, above: postgres.pid in (pid, above))
    assert graded == count, f"{graded} of {count} attempts were graded"
    python, database = (late - early for early, late in zip(before, after, strict=True))
    return python / count, database / count


def wait_for_grading(count: int) -> None:
    """Submit this many simulations of learners of their own, each with all answers."""
    from lifecycle.models import Exam
    from quizzes.domain.answers import Save, save_answer
    from quizzes.domain.attempts import start_attempt, submit_attempt
    from quizzes.domain.forms import Wanted
    from tests.client import right_answers
    from tests.servers.people import make_person

    exam = Exam.objects.get()
    for _number in range(count):
        user = make_person("learner")
        attempt = start_attempt(user=user, exam=exam, wanted=Wanted(mode="simulation"))
        for position, answer in right_answers({"id": attempt.pk}).items():
            save = Save(answer=answer, base_version=0, save_id=uuid.uuid4(), seconds=40)
            save_answer(attempt_id=attempt.pk, user_id=user.pk, guest_key="", position=position, save=save)
        submit_attempt(attempt_id=attempt.pk, user=user)


def durable_writes(times: int) -> float:
    """Seconds for 65 committed one-row inserts, the mean of some rounds."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE floor (position int, answer jsonb)")
        began = time.perf_counter()
        for _round in range(times):
            for position in range(65):
                cursor.execute("INSERT INTO floor VALUES (%s, '[\"a\"]')", [position])
        return (time.perf_counter() - began) / times


if __name__ == "__main__":
    sys.exit(main())
