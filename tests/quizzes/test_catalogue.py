"""What processes keep of the bank, and when they look again."""

from __future__ import annotations

import pytest

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
