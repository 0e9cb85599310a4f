"""Sittings through the real domain, for tests of what follows from them."""

from __future__ import annotations

import uuid

from quizzes.catalogue import version_texts
from quizzes.domain.answers import Save, save_answer
from quizzes.domain.attempts import start_attempt, submit_attempt
from quizzes.domain.forms import Wanted
from quizzes.domain.grading import drain_jobs
from tests import bank


def sit(user, exam, *, right, count=10, submit=True, **wish):
    """A drill with every answer right or wrong, graded unless it is left open."""
    attempt = start_attempt(user=user, exam=exam, wanted=Wanted(**{"mode": "drill", "count": count, "domains": (2,), **wish}))
    texts = version_texts(version_id for version_id, _scored in attempt.form)
    for position, (version_id, _scored) in enumerate(attempt.form, start=1):
        kind = texts[version_id].kind
        answer = bank.right_answer(kind) if right else bank.wrong_answer(kind)
        save = Save(answer=answer, base_version=0, save_id=uuid.uuid4(), seconds=40)
        save_answer(attempt_id=attempt.pk, user_id=user.pk, guest_key="", position=position, save=save)
    if submit:
        submit_attempt(attempt_id=attempt.pk, user=user)
        assert drain_jobs(worker="test") == 1
        attempt.refresh_from_db()
    return attempt
