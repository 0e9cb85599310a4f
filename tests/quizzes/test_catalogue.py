"""What processes keep of the bank, and when they look again."""

from __future__ import annotations

import pytest
from django.db import connection

from quizzes.catalogue import current_keys
from quizzes.models import KeyRevision, Question

pytestmark = pytest.mark.django_db


def test_key_that_is_committed_after_a_later_one_is_seen(exam):
    corrected, other = (question.current_version for question in Question.objects.filter(kind="multiple_choice")[:2])
    newest = KeyRevision.objects.order_by("-pk").values_list("pk", flat=True)[0]
    KeyRevision.objects.create(pk=newest + 10, version=other, revision=2, answer=["a"])
    assert current_keys([corrected.pk])[corrected.pk].revision == 1
    KeyRevision.objects.create(pk=newest + 5, version=corrected, revision=2, answer=["a"])  # its number was drawn before
    assert current_keys([corrected.pk])[corrected.pk].revision == 2


def test_threads_that_meet_a_correction_see_no_key_go_and_keep_no_old_one(exam):
    """One thread has read the table's stamp; before it reads a key, another commits a correction and looks."""
    first, second, third = (question.current_version for question in Question.objects.filter(kind="multiple_choice")[:3])
    current_keys([first.pk])

    met = []

    def meanwhile(execute, sql, *rest):
        if "WHERE" in sql and not met:
            met.append(sql)
            for corrected in (third, first):
                KeyRevision.objects.create(version=corrected, revision=2, answer=["a"])
            assert current_keys([third.pk])[third.pk].revision == 2
        return execute(sql, *rest)

    with connection.execute_wrapper(meanwhile):
        assert current_keys([first.pk, second.pk]).keys() == {first.pk, second.pk}
    assert met
    now = current_keys([first.pk, second.pk, third.pk])
    assert [now[version.pk].revision for version in (first, second, third)] == [2, 1, 2]
