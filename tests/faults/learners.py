"""Learners who work through real HTTP and write down everything that the server acknowledged."""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any, Self

from tests.client import Answer, ApiClient
from tests.faults.matrix import GIVEN_UP
from tests.servers.waiting import PATIENCE

BROKEN = (OSError, HTTPException, ValueError)
"""What a client sees when a connection breaks anywhere between the request and the end of the answer."""
ASK_AGAIN = frozenset({502, 503, 504})


@dataclass(frozen=True)
class Acknowledged:
    """A save that the server said it had stored."""

    attempt: str
    position: int
    version: int
    save_id: str
    answer: Any


class Ledger:
    """What the clients of one run saw; written by many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.saves: list[Acknowledged] = []
        self.receipts: dict[str, list[Any]] = defaultdict(list)
        self.answers: Counter[tuple[str, int]] = Counter()  # (kind of request, status); 0 is a broken connection
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.unpolite: list[str] = []

    def note(self, kind: str, status: int, seconds: float) -> None:
        """A request was answered, or its connection broke (status 0)."""
        with self._lock:
            self.answers[kind, status] += 1
            self.seconds[kind].append(seconds)

    def note_save(self, save: Acknowledged) -> None:
        with self._lock:
            self.saves.append(save)

    def note_receipt(self, attempt: str, body: Any) -> None:
        with self._lock:
            self.receipts[attempt].append(body)

    def note_refusal(self, answer: Answer) -> None:
        """A 503 must say when to come again."""
        if answer.status == 503 and "retry-after" not in {name.lower() for name in answer.headers}:
            with self._lock:
                self.unpolite.append(f"503 without Retry-After: {str(answer.body)[:120]}")

    def forget_times(self) -> None:
        """Begin to measure now."""
        with self._lock:
            self.seconds.clear()
            self.answers.clear()

    def count(self, kind: str, statuses: Iterable[int] = ()) -> int:
        """How many requests of a kind were answered with one of these statuses; all of them without statuses."""
        wanted = set(statuses)
        return sum(number for (what, status), number in self.answers.items() if what == kind and (not wanted or status in wanted))

    def server_errors(self) -> int:
        """Answers from 500 on."""
        return sum(number for (_kind, status), number in self.answers.items() if status >= 500)

    def percentile(self, kind: str, share: float) -> float:
        """The time below which that share of the requests of a kind was answered; 0 when there was none."""
        times = sorted(self.seconds[kind])
        return times[min(len(times) - 1, int(share * len(times)))] if times else 0.0


@dataclass
class Learner(ApiClient):
    """A client with a ledger."""

    ledger: Ledger = field(default_factory=Ledger)

    def call(self, method: str, path: str, body: Any = None, *, timeout: float = 20, **headers: str) -> Answer:
        """One request, timed and counted by kind."""
        kind = _kind(method, path)
        began = time.monotonic()
        try:
            answer = super().call(method, path, body, timeout=timeout, **headers)
        except BROKEN:
            self.ledger.note(kind, 0, time.monotonic() - began)
            raise
        self.ledger.note(kind, answer.status, time.monotonic() - began)
        self.ledger.note_refusal(answer)
        return answer

    def save(self, attempt: str, position: int, value: Any, *, base: int = 0, save_id: str = "", timeout: float = 20) -> Answer:
        """One save; an acknowledged one is written down."""
        save_id = save_id or str(uuid.uuid4())
        answer = super().save(attempt, position, value, base=base, save_id=save_id, timeout=timeout)
        if answer.status == 200:
            self.ledger.note_save(Acknowledged(attempt, position, answer.body["version"], save_id, answer.body["answer"]))
        return answer

    def submit(self, attempt: str, *, key: str = "", timeout: float = 20) -> Answer:
        """One submit; a receipt is written down."""
        answer = super().submit(attempt, key=key, timeout=timeout)
        if answer.status == 202:
            self.ledger.note_receipt(attempt, answer.body)
        return answer


def _kind(method: str, path: str) -> str:
    if method == "PUT":
        return "save"
    if path.endswith("/submit/"):
        return "submit"
    return "start" if method == "POST" else "read"


@dataclass(eq=False)
class Sitting:
    """A learner in one attempt, with the versions that the browser would hold."""

    learner: Learner
    body: dict[str, Any]
    right: dict[int, Any]
    dice: random.Random
    versions: dict[int, int] = field(default_factory=dict)
    key: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def id(self) -> str:
        return str(self.body["id"])

    @property
    def positions(self) -> list[int]:
        return [question["position"] for question in self.body["questions"]]

    def some_value(self, position: int) -> Any:
        """The right answer, another one, or nothing."""
        question = self.body["questions"][position - 1]
        kind, keys = question["kind"], [option["key"] for option in question["options"]]
        chance = self.dice.random()
        if chance < 0.5:
            return self.right[position]
        if chance < 0.55:
            return None
        if kind == "matching":
            prompts = [prompt["key"] for prompt in question["prompts"]]
            return dict(zip(prompts, self.dice.sample(keys, min(len(prompts), len(keys))), strict=False))
        return self.dice.sample(keys, min(question["choose"], len(keys)))

    def answer(self, position: int, value: Any = ..., *, within: float = PATIENCE) -> Answer:
        """Save as the player does: the same save id again until the server has an opinion. AssertionError when it has none in time."""
        value = self.some_value(position) if value is ... else value
        save_id = str(uuid.uuid4())
        answer = insist(
            lambda: self.learner.save(self.id, position, value, base=self.versions.get(position, 0), save_id=save_id), within=within
        )
        if answer.status == 200:
            self.versions[position] = answer.body["version"]
        elif answer.status == 409 and answer.body["code"] == "stale":
            self.versions[position] = answer.body["stored"]["version"]
        return answer

    def answer_all(self) -> Sitting:
        """Answer every question once."""
        for position in self.positions:
            self.answer(position)
        return self

    def submit(self, *, within: float = PATIENCE) -> Answer:
        """Submit under the sitting's one key, again and again until there is an answer."""
        return insist(lambda: self.learner.submit(self.id, key=self.key), within=within)


def insist(ask: Any, *, within: float) -> Answer:
    """Repeat a request whose connection broke or that was answered with "come again", as the player's outbox does."""
    end = time.monotonic() + within
    pause = 0.1
    while True:
        trouble = ""
        try:
            answer: Answer = ask()
            if answer.status not in ASK_AGAIN:
                return answer
            trouble = f"status {answer.status}"
        except BROKEN as error:
            trouble = f"{type(error).__name__}: {error}"
        assert time.monotonic() < end and not GIVEN_UP.is_set(), f"no answer within {within:g} s: {trouble}"
        time.sleep(pause)
        pause = min(2 * pause, 1.0)


class Load:
    """Learners who go on answering, each in a thread of its own, until told to stop."""

    def __init__(self, sittings: list[Sitting], *, pause: float = 0.2, patience: float = PATIENCE) -> None:
        self._stop = threading.Event()
        self._pause, self._patience = pause, patience
        self.troubles: list[str] = []
        self._threads = [threading.Thread(target=self._work, args=(sitting,), daemon=True) for sitting in sittings]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(self._patience + 25)

    def _work(self, sitting: Sitting) -> None:
        while not self._stop.is_set():
            try:
                answer = sitting.answer(sitting.dice.choice(sitting.positions), within=self._patience)
            except AssertionError as error:
                self.troubles.append(str(error))
                return
            if answer.status not in {200, 409}:
                self.troubles.append(f"a save was answered {answer.status}: {str(answer.body)[:120]}")
            self._stop.wait(sitting.dice.uniform(0, 2 * self._pause))
