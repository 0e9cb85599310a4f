"""A script's client of the API over real HTTP: a token, JSON, and a log of what the server acknowledged."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass, field
from typing import Any

from rest_framework.authtoken.models import Token

from tests.servers.waiting import PATIENCE


@dataclass(frozen=True)
class Answer:
    """What the server answered."""

    status: int
    body: Any
    headers: dict[str, str]


@dataclass
class ApiClient:
    """One person's client. `acknowledged` holds what each acknowledged save stored, by (attempt, position)."""

    url: str
    token: str
    acknowledged: dict[tuple[str, int], tuple[int, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, person: Any, url: str) -> ApiClient:
        """A client with a token of that person; the database must be open to the test."""
        return cls(url, Token.objects.get_or_create(user=person)[0].key)

    def call(self, method: str, path: str, body: Any = None, *, timeout: float = PATIENCE, **headers: str) -> Answer:
        """One request; an error status is an answer, a broken connection raises OSError."""
        request = urllib.request.Request(
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Token {self.token}", "Content-Type": "application/json", **headers},
        )
        try:
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                return Answer(answer.status, json.loads(answer.read() or b"null"), dict(answer.headers))
        except urllib.error.HTTPError as error:
            with error:
                said = error.read()
                return Answer(
                    error.code, json.loads(said) if "json" in error.headers.get("Content-Type", "") else said, dict(error.headers)
                )

    def start(self, **wish: Any) -> dict[str, Any]:
        """Start a sitting: start(mode="drill", tasks=["1.3"], count=5)."""
        answer = self.call("POST", "/api/v1/attempts/", {"exam": "aif-c01", "feedback": "end", **wish})
        assert answer.status == 201, answer
        return answer.body

    def save(self, attempt: str, position: int, value: Any, *, base: int = 0, save_id: str = "", timeout: float = PATIENCE) -> Answer:
        """Save an answer, and log it when it is acknowledged."""
        body = {"answer": value, "base_version": base, "save_id": save_id or str(uuid.uuid4()), "seconds": 30}
        answer = self.call("PUT", f"/api/v1/attempts/{attempt}/responses/{position}/", body, timeout=timeout)
        if answer.status == 200:
            self.acknowledged[attempt, position] = (answer.body["version"], answer.body["answer"])
        return answer

    def submit(self, attempt: str, *, key: str = "", timeout: float = PATIENCE) -> Answer:
        """Submit a sitting."""
        return self.call("POST", f"/api/v1/attempts/{attempt}/submit/", timeout=timeout, **{"Idempotency-Key": key or str(uuid.uuid4())})

    def status(self, attempt: str) -> str:
        """The state of a sitting."""
        return self.call("GET", f"/api/v1/attempts/{attempt}/status/").body["state"]


def some_answer(question: dict[str, Any]) -> Any:
    """An answer that fits a question as the API shows it: the first options as they stand."""
    keys = [option["key"] for option in question["options"]]
    match question["kind"]:
        case "matching":
            return {prompt["key"]: key for prompt, key in zip(question["prompts"], keys, strict=False)}
        case "multiple_choice":
            return keys[:1]
        case _:
            return keys[: question["choose"]]


def wrong_answer(question: dict[str, Any], right: Any) -> Any:
    """An answer of the right shape, all but one part of it right: for matching another option, for ordering other places."""
    keys = [option["key"] for option in question["options"]]
    if isinstance(right, dict):
        prompt = next(iter(right))
        return {**right, prompt: next(key for key in keys if key != right[prompt])}
    if question["kind"] == "ordering":
        return [*right[1:], right[0]]
    spare = next(key for key in keys if key not in right)
    return sorted([*right[1:], spare])


def right_answers(attempt: dict[str, Any]) -> dict[int, Any]:
    """The right answer at each position, read from the database; for attempts on any bank."""
    from quizzes.models import Attempt, KeyRevision

    form = Attempt.objects.values_list("form", flat=True).get(pk=attempt["id"])
    keys = dict(
        KeyRevision.objects.filter(version_id__in=[entry[0] for entry in form]).order_by("revision").values_list("version_id", "answer")
    )
    return {position: keys[entry[0]] for position, entry in enumerate(form, start=1)}


__all__ = ["Answer", "ApiClient", "right_answers", "some_answer", "wrong_answer"]
