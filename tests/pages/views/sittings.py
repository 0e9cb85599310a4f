"""Answers given, submitted and graded, by the domain's own functions."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from quizzes.domain.answers import Save, save_answer
from quizzes.domain.attempts import submit_attempt
from quizzes.domain.grading import drain_jobs
from quizzes.models import KeyRevision
from quizzes.public import Attempt, Wanted, start_attempt, version_texts


def answer_many(
    user: Any,
    exam: Any,
    *,
    count: int,
    right: Callable[[int], bool],
    mode: str = "drill",
    seconds: Callable[[int], int] = lambda _position: 30,
    **wish: Any,
) -> Attempt:
    """One sitting over the whole exam, or over what is wished for.

    `right` says for each position whether the answer is the key, `seconds` how long it took.
    """
    attempt = start_attempt(user=user, exam=exam, wanted=Wanted(mode=mode, count=count, feedback="end", **wish))
    texts = version_texts(version for version, _scored in attempt.form)
    keys = dict(KeyRevision.objects.filter(version_id__in=texts).order_by("revision").values_list("version_id", "answer"))
    for position, (version, _scored) in enumerate(attempt.form, start=1):
        answer = keys[version] if right(position) else wrong(texts[version], keys[version])
        save = Save(answer=answer, base_version=0, save_id=uuid.uuid4(), seconds=seconds(position))
        save_answer(attempt_id=attempt.pk, user_id=user.pk, guest_key="", position=position, save=save)
    submit_attempt(attempt_id=attempt.pk, user=user)
    drain_jobs(worker="test")
    attempt.refresh_from_db()
    assert attempt.state == "graded"
    return attempt


def wrong(text: Any, key: Any) -> Any:
    """An answer of the right shape that is not the key."""
    if isinstance(key, dict):
        first, second, *_rest = key
        return {**key, first: key[second], second: key[first]}
    if text.kind == "ordering":
        return list(reversed(key))
    others = [option.key for option in text.options if option.key not in key]
    return [*key[1:], others[0]]
