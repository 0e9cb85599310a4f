"""Near-duplicate questions: whoever has seen one knows the other, so no sitting draws two of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from django.db.models import F

from quizzes.models import Question

GRAM = 5
TWIN_LIKENESS = 0.45


def shingles(texts: Sequence[str]) -> list[int]:
    """The set of character 5-grams of each text (letters and digits, single spaces, no case) as the bits of an integer."""
    numbers: dict[str, int] = {}
    sets = []
    for text in texts:
        plain = re.sub(r"[^\w]+", " ", text.casefold()).strip()
        bits = 0
        for start in range(max(len(plain) - GRAM + 1, 1)):
            bits |= 1 << numbers.setdefault(plain[start : start + GRAM], len(numbers))
        sets.append(bits)
    return sets


def likeness(one: int, other: int) -> float:
    """Jaccard's index of two sets of shingles: 0 for nothing in common, 1 for the same."""
    return (one & other).bit_count() / (one | other).bit_count()


def near_pairs(texts: Sequence[str], above: float) -> Iterator[tuple[int, int, float]]:
    """The pairs of texts whose likeness is greater than `above`, with it."""
    sets = shingles(texts)
    sizes = [bits.bit_count() for bits in sets]
    order = sorted(range(len(sets)), key=lambda index: sizes[index])
    for rank, one in enumerate(order):
        for other in order[rank + 1 :]:
            if sizes[one] <= above * sizes[other]:
                break  # the likeness of two sets is at most the ratio of their sizes, and sizes only grow from here
            value = likeness(sets[one], sets[other])
            if value > above:
                yield min(one, other), max(one, other), value


def group_twins(texts: Sequence[str], above: float = TWIN_LIKENESS) -> list[list[int]]:
    """Groups of two or more texts that hang together by near-duplication (union-find), as indexes in ascending order."""
    parent = list(range(len(texts)))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for one, other, _ in near_pairs(texts, above):
        first, second = sorted((root(one), root(other)))
        parent[second] = first
    groups: dict[int, list[int]] = {}
    for index in range(len(texts)):
        groups.setdefault(root(index), []).append(index)
    return [group for group in groups.values() if len(group) > 1]


def regroup_twins(*, exam_id: int) -> int:
    """Number the groups of near-duplicate published questions of an exam by their smallest id; returns how many rows changed."""
    rows = list(
        Question.objects.published()
        .filter(exam_id=exam_id)
        .order_by("pk")
        .annotate(stem=F("current_version__stem"))
        .values_list("pk", "stem", "twin_group")
    )
    wanted = {rows[index][0]: rows[group[0]][0] for group in group_twins([row[1] for row in rows]) for index in group}
    changed = [Question(pk=pk, twin_group=wanted.get(pk)) for pk, _, group in rows if group != wanted.get(pk)]
    Question.objects.bulk_update(changed, ["twin_group"], batch_size=500)
    return len(changed)
