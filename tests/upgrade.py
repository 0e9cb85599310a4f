"""`make check-upgrade`: the code before the last change of the schema serves on the new schema, as it must while a release is rolled out.

Not part of `make test`: it needs the history of the repository, which an archive of the sources does not have.
"""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest

from config import roles
from quizzes.models import Attempt, Grade, Response
from tests.client import ApiClient, some_answer
from tests.servers.launching import Launched
from tests.servers.people import make_person
from tests.servers.ports import spare_port
from tests.servers.site import Web
from tests.servers.waiting import wait_until

pytestmark = pytest.mark.worker
NEEDED = (
    "The code before the last migration is needed, and this repository does not have it: {reason}. "
    "Clone with history (git fetch --unshallow; in CI, a fetch depth of 0), and run make check-upgrade again."
)


def git(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(["git", "-C", str(roles.BASE_DIR), *words], capture_output=True, check=False)


def text(*words: str) -> str:
    done = git(*words)
    if done.returncode:
        pytest.fail(NEEDED.format(reason=done.stderr.decode().strip()[-200:] or "no git"))
    return done.stdout.decode().strip()


def deepen_from_this_machine() -> None:
    """A shallow clone of a repository on this machine can be completed without a network."""
    origin = text("remote", "get-url", "origin")
    if not Path(origin.removeprefix("file://")).is_dir():
        pytest.fail(NEEDED.format(reason="it is a shallow clone of a repository elsewhere"))
    text("fetch", "--quiet", "--unshallow", "origin")


@pytest.fixture
def old_code(tmp_path) -> Path:
    """The sources as they were before the last commit that changed a migration."""
    if text("rev-parse", "--is-shallow-repository") == "true":
        deepen_from_this_machine()
    changed = text("log", "-1", "--format=%H", "--", "*/migrations/*.py")
    if not changed:
        pytest.fail(NEEDED.format(reason="no commit changed a migration"))
    before = text("rev-parse", "--verify", f"{changed}~1")
    archive = git("archive", before)
    if archive.returncode:
        pytest.fail(NEEDED.format(reason=archive.stderr.decode()[-200:]))
    directory = tmp_path / "old"
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        tar.extractall(directory, filter="data")
    kept = {path.relative_to(directory) for path in directory.glob("*/migrations/0*.py")}
    now = {path.relative_to(roles.BASE_DIR) for path in roles.BASE_DIR.glob("*/migrations/0*.py")}
    assert kept < now, "the schema is newer than the code"
    print(f"Old code: {before[:10]}, without {sorted(map(str, now - kept))}")
    return directory


def start_old(site, old: Path, name: str, argv: list[str]) -> Launched:
    launched = Launched.start(argv, env=site.environment(), log=site.directory / f"old-{name}.log", cwd=old)
    site.running.append(launched)
    return launched


def test_old_code_serves_and_grades_on_the_new_schema_and_the_new_goes_on_with_its_work(own_site, old_code):
    port = spare_port()
    launched = start_old(own_site, old_code, "web", roles.web(host="127.0.0.1", port=port, processes=1, threads=4))
    old = Web(launched, f"http://127.0.0.1:{port}")
    launched.wait_for(old.answers, what="the old web answers")
    start_old(own_site, old_code, "sweep", [*roles.sweep(), "--workers-first", "0"])
    person = make_person("learner")
    before = ApiClient.of(person, old.url)

    whole = before.start(mode="drill", count=4)
    for question in whole["questions"]:
        assert before.save(whole["id"], question["position"], some_answer(question)).status == 200
    assert before.save(whole["id"], 1, None, base=1).status == 200
    assert before.submit(whole["id"]).status == 202
    wait_until(lambda: before.status(whole["id"]) == "graded", what="the old code grades")
    assert before.call("GET", f"/api/v1/attempts/{whole['id']}/result/").status == 200
    assert Grade.objects.get(attempt=whole["id"]).max_score == 4

    half = before.start(mode="simulation")
    for question in half["questions"][:3]:
        assert before.save(half["id"], question["position"], some_answer(question)).status == 200
    new = ApiClient(own_site.start_web().url, before.token)
    body = new.call("GET", f"/api/v1/attempts/{half['id']}/").body
    assert [row["version"] for row in body["responses"]] == [1, 1, 1]
    assert new.save(half["id"], 1, None, base=1).status == 200
    assert before.save(half["id"], 1, some_answer(half["questions"][0]), base=2).status == 200, "both serve at the same time"
    assert new.submit(half["id"]).status == 202
    wait_until(lambda: new.status(half["id"]) == "graded", what="the new code grades")
    assert new.call("GET", f"/api/v1/attempts/{half['id']}/record/").status == 200
    assert Response.objects.filter(attempt=half["id"]).count() == 3
    assert Attempt.objects.filter(state="needs_attention").count() == 0
    assert "Traceback" not in launched.log.read_text()
