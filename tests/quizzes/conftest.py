"""A learner, an exam with a bank, and sittings."""

from __future__ import annotations

import uuid

import pytest

from accounts.models import User
from accounts.public import read_db_now
from quizzes.domain.answers import Save, save_answer
from quizzes.domain.attempts import start_attempt
from quizzes.domain.forms import Wanted
from tests import bank


@pytest.fixture
def exam(db):
    made = bank.make_exam()
    bank.make_bank(made, per_task=12)
    return made


@pytest.fixture
def learner(db):
    return User.objects.create_user("ada", password="correct horse battery")


@pytest.fixture
def other_learner(db):
    return User.objects.create_user("grace", password="correct horse battery")


@pytest.fixture
def start(exam, learner):
    """Start a sitting: start(mode, user=..., count=..., ...)."""

    def _start(mode="drill", *, user=learner, guest_key="", allowance="x1", **wish):
        return start_attempt(user=user, guest_key=guest_key, exam=exam, wanted=Wanted(mode=mode, **wish), allowance=allowance)

    return _start


def put(attempt, position, answer, *, base=0, save_id=None, **fields):
    """Save an answer as the owner of the attempt."""
    save = Save(answer=answer, base_version=base, save_id=save_id or uuid.uuid4(), **fields)
    return save_answer(attempt_id=attempt.pk, user_id=attempt.user_id, guest_key=attempt.guest_key, position=position, save=save)


def holds_until(prepare, holds):
    """Hold `holds()` true right before the moment that `prepare()` sets and returns.

    The edge is a second or two wide, and a busy machine may take longer. An answer that came when the database's clock was past the
    moment says nothing: both are done again. One that came in time is the answer.
    """
    for _try in range(20):
        moment = prepare()
        if holds():
            return
        assert read_db_now() > moment, "it did not hold, and there was time left"
    raise AssertionError("20 times in turn the moment was over before the answer came: the machine is too busy to judge an edge")


def answer_all(attempt, *, right=lambda _position: True):
    """Answer every question, right where `right(position)` says so."""
    from quizzes.catalogue import version_texts

    for position, (version_id, _scored) in enumerate(attempt.form, start=1):
        kind = version_texts([version_id])[version_id].kind
        put(attempt, position, bank.right_answer(kind) if right(position) else bank.wrong_answer(kind), seconds=30)
