"""What waits for instructors."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from quizzes.models import GradingJob, ProblemReport, Question, QuestionVersion


def ahead_of_learners(questions: QuerySet[Question]) -> QuerySet[Question]:
    """Published questions that have a draft nobody has been asked yet."""
    newer = QuestionVersion.objects.filter(question=OuterRef("pk"), number__gt=OuterRef("current_version__number"))
    return questions.filter(Exists(newer), state=Question.State.PUBLISHED).exclude(current_version=None)


@dataclass(frozen=True)
class Worklist:
    """How much of each kind waits."""

    in_review: int
    drafts: int
    changes: int
    reports: int
    jobs: int


def worklist() -> Worklist:
    """What waits now; four statements."""
    states = Question.objects.filter(state__in=[Question.State.REVIEW, Question.State.DRAFT]).values_list("state", flat=True)
    waiting = list(states)
    return Worklist(
        in_review=waiting.count(Question.State.REVIEW),
        drafts=waiting.count(Question.State.DRAFT),
        changes=ahead_of_learners(Question.objects.all()).count(),
        reports=ProblemReport.objects.filter(state=ProblemReport.State.OPEN).count(),
        jobs=GradingJob.objects.filter(state=GradingJob.State.NEEDS_ATTENTION).count(),
    )
