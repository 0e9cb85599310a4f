"""What an instructor publishes to be taken, and who has to take it by when."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.public import db_now


class Feedback(models.TextChoices):
    """When the explanations are shown."""

    EACH = "each", _("After each question")
    END = "end", _("At the end")


class Marking(models.TextChoices):
    """How a question with several right parts is marked."""

    ALL_OR_NOTHING = "all_or_nothing", _("All or nothing, as in the exam")
    PARTIAL = "partial", _("Partial credit")


class QuizQuerySet(models.QuerySet["Quiz"]):
    """Reads of quizzes."""

    def visible_to(self, user: Any) -> QuizQuerySet:
        """Published quizzes for everybody or for a team of this person."""
        published = self.filter(state=Quiz.State.PUBLISHED)
        if not user.is_authenticated:
            return published.none()
        return published.filter(Q(team=None) | Q(team__memberships__user=user)).distinct()

    def open_now(self) -> QuizQuerySet:
        """Quizzes that can be started at this moment by the database's clock."""
        return self.filter(Q(opens_at=None) | Q(opens_at__lte=db_now()), Q(closes_at=None) | Q(closes_at__gt=db_now()))


class Quiz(models.Model):
    """A chosen list of questions with its rules. A learner's own mix needs none."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    exam = models.ForeignKey("lifecycle.Exam", models.PROTECT, related_name="quizzes")
    slug = models.SlugField(_("address"), max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=160)
    description = models.TextField(_("what it is for"), blank=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT)
    feedback = models.CharField(max_length=8, choices=Feedback.choices, default=Feedback.END)
    marking = models.CharField(max_length=16, choices=Marking.choices, default=Marking.ALL_OR_NOTHING)
    minutes = models.PositiveSmallIntegerField(_("minutes, empty for no limit"), null=True, blank=True)
    attempts_allowed = models.PositiveSmallIntegerField(_("sittings allowed, empty for any number"), null=True, blank=True)
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    team = models.ForeignKey("accounts.Team", models.CASCADE, null=True, blank=True, related_name="quizzes")
    questions = models.ManyToManyField("Question", through="QuizQuestion", related_name="quizzes")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = QuizQuerySet.as_manager()

    class Meta:
        ordering = ["title"]
        verbose_name_plural = _("quizzes")
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(closes_at__gt=models.F("opens_at")), name="quiz_window_in_order"
            ),
            models.CheckConstraint(condition=Q(minutes=None) | Q(minutes__gte=1), name="quiz_minutes"),
            models.CheckConstraint(condition=Q(attempts_allowed=None) | Q(attempts_allowed__gte=1), name="quiz_attempts_allowed"),
        ]

    def __str__(self) -> str:
        return self.title


class QuizQuestion(models.Model):
    """A question's place in a quiz."""

    quiz = models.ForeignKey(Quiz, models.CASCADE, related_name="entries")
    question = models.ForeignKey("Question", models.PROTECT, related_name="quiz_entries")
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["quiz", "question"], name="quiz_question_once")]

    def __str__(self) -> str:
        return f"{self.quiz_id} {self.order}"


class Assignment(models.Model):
    """What a team has to do by when: take a quiz or finish a lesson."""

    team = models.ForeignKey("accounts.Team", models.CASCADE, related_name="assignments")
    member = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="assignments", help_text=_("Empty: the whole team.")
    )
    quiz = models.ForeignKey(Quiz, models.CASCADE, null=True, blank=True, related_name="assignments")
    lesson = models.ForeignKey("lifecycle.Lesson", models.CASCADE, null=True, blank=True, related_name="assignments")
    due_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiz__isnull=False, lesson__isnull=True) | Q(quiz__isnull=True, lesson__isnull=False),
                name="assignment_quiz_or_lesson",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.quiz_id or self.lesson_id}"
