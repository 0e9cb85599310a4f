"""The question bank: stable questions, their immutable versions, and what is right for each."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Misconception(models.Model):
    """A named wrong belief that distractors share."""

    slug = models.SlugField(max_length=80, unique=True)
    belief = models.TextField()
    truth = models.TextField()

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class Scenario(models.Model):
    """The shared stem of a case study."""

    exam = models.ForeignKey("lifecycle.Exam", models.PROTECT, related_name="scenarios")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=160)
    text = models.TextField()
    language = models.CharField(max_length=12, default="en")
    content_digest = models.CharField(max_length=64, blank=True, editable=False)
    edited_at = models.DateTimeField(_("edited here"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["slug"]
        constraints = [models.UniqueConstraint(fields=["exam", "slug"], name="scenario_slug_once")]

    def __str__(self) -> str:
        return self.title


class QuestionQuerySet(models.QuerySet["Question"]):
    """Reads of the bank."""

    def published(self) -> QuestionQuerySet:
        """What learners may be asked."""
        return self.filter(state=Question.State.PUBLISHED, current_version__isnull=False)

    def for_exams(self) -> QuestionQuerySet:
        """What a simulation may draw: no case studies (they left the guide) and nothing with a key under suspicion."""
        return self.published().exclude(kind=Question.Kind.CASE_STUDY).filter(blocked_from_exams=False)


class Question(models.Model):
    """A bank entry with a stable identity. Its text lives in versions; what is edited is the next version."""

    class Kind(models.TextChoices):
        MULTIPLE_CHOICE = "multiple_choice", _("Multiple choice")
        MULTIPLE_RESPONSE = "multiple_response", _("Multiple response")
        ORDERING = "ordering", _("Ordering")
        MATCHING = "matching", _("Matching")
        CASE_STUDY = "case_study", _("Case study")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        REVIEW = "review", _("In review")
        PUBLISHED = "published", _("Published")
        RETIRED = "retired", _("Retired")

    class Level(models.TextChoices):
        RECALL = "recall", _("Recall")
        UNDERSTAND = "understand", _("Understand")
        APPLY = "apply", _("Apply")
        ANALYSE = "analyse", _("Analyse")

    class Difficulty(models.TextChoices):
        """The author's label: a prior for calibration, not a fact."""

        EASY = "easy", _("Easy")
        MEDIUM = "medium", _("Medium")
        HARD = "hard", _("Hard")

    exam = models.ForeignKey("lifecycle.Exam", models.PROTECT, related_name="questions")
    slug = models.CharField(_("name in the bank"), max_length=100)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    task = models.ForeignKey("lifecycle.Task", models.PROTECT, related_name="questions")
    objective = models.ForeignKey("lifecycle.Objective", models.PROTECT, related_name="questions", null=True, blank=True)
    lesson = models.ForeignKey("lifecycle.Lesson", models.PROTECT, related_name="questions")
    lesson_anchor = models.CharField(_("section of the lesson"), max_length=80, blank=True)
    scenario = models.ForeignKey(Scenario, models.PROTECT, related_name="questions", null=True, blank=True)
    stages = models.ManyToManyField("lifecycle.Stage", related_name="questions", blank=True)
    services = models.ManyToManyField("lifecycle.Service", related_name="questions", blank=True)
    facts = models.JSONField(default=list, blank=True)
    level = models.CharField(_("thinking level"), max_length=12, choices=Level.choices)
    difficulty = models.CharField(max_length=8, choices=Difficulty.choices)
    state = models.CharField(max_length=12, choices=State.choices, default=State.DRAFT, db_index=True)
    current_version = models.OneToOneField("QuestionVersion", models.PROTECT, related_name="+", null=True, blank=True, editable=False)
    blocked_from_exams = models.BooleanField(_("kept out of exams: key under suspicion"), default=False)
    twin_group = models.PositiveIntegerField(
        _("near-duplicates share a number; no sitting draws two of them"), null=True, blank=True, editable=False
    )
    content_digest = models.CharField(max_length=64, blank=True, editable=False)
    edited_at = models.DateTimeField(_("edited here"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = QuestionQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.UniqueConstraint(fields=["exam", "slug"], name="question_slug_once"),
            models.CheckConstraint(
                condition=Q(kind="case_study", scenario__isnull=False) | (~Q(kind="case_study") & Q(scenario__isnull=True)),
                name="question_scenario_for_case_studies",
            ),
            models.CheckConstraint(
                condition=~Q(state="published") | Q(current_version__isnull=False), name="question_published_has_version"
            ),
        ]
        indexes = [models.Index(fields=["exam", "state", "task"], name="question_pool")]

    def __str__(self) -> str:
        return self.slug


class QuestionVersion(models.Model):
    """The text of a question at one time. Never changed once made; attempts pin it."""

    question = models.ForeignKey(Question, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    language = models.CharField(max_length=12, default="en")
    kind = models.CharField(max_length=20, choices=Question.Kind.choices)
    stem = models.TextField()
    choose = models.PositiveSmallIntegerField(_("how many to choose, place or match"), default=1)
    rule = models.TextField(_("rule to remember"))
    source_title = models.CharField(max_length=250)
    source_url = models.URLField(max_length=500)
    checked = models.DateField(_("compared with the source on"))
    text_digest = models.CharField(max_length=64, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["question", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["question", "number"], name="question_version_once"),
            models.CheckConstraint(condition=Q(number__gte=1), name="question_version_from_one"),
            models.CheckConstraint(condition=Q(choose__range=(1, 10)), name="question_version_choose"),
        ]

    def __str__(self) -> str:
        return f"{self.question_id} v{self.number}"


class Option(models.Model):
    """One answer option, ordering step, or matching row, with its rationale.

    `key` and `prompt_key` are letters and numbers dealt at random when the version is made, so that they hint at nothing.
    A matching row without a prompt is a spare answer.
    """

    version = models.ForeignKey(QuestionVersion, models.CASCADE, related_name="options")
    order = models.PositiveSmallIntegerField(_("place as written"))
    key = models.CharField(max_length=4)
    text = models.TextField()
    prompt = models.TextField(blank=True)
    prompt_key = models.CharField(max_length=4, blank=True)
    rationale = models.TextField(_("why right or wrong"))
    misconception = models.ForeignKey(Misconception, models.PROTECT, null=True, blank=True, related_name="options")

    class Meta:
        ordering = ["version", "order"]
        constraints = [
            models.UniqueConstraint(fields=["version", "key"], name="option_key_once"),
            models.UniqueConstraint(fields=["version", "order"], name="option_order_once"),
            models.UniqueConstraint(fields=["version", "prompt_key"], condition=~Q(prompt_key=""), name="option_prompt_key_once"),
            models.CheckConstraint(
                condition=Q(prompt="", prompt_key="") | (~Q(prompt="") & ~Q(prompt_key="")), name="option_prompt_has_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.key}"


class KeyRevision(models.Model):
    """What is right for a version. A later revision corrects it without touching the text.

    `answer` has the shape of a learner's answer: a sorted list of keys, the keys in order, or {prompt key: answer key}.
    `voided`: everybody gets the mark and nobody's readiness moves.
    """

    version = models.ForeignKey(QuestionVersion, models.PROTECT, related_name="key_revisions")
    revision = models.PositiveIntegerField(default=1)
    answer: Any = models.JSONField()
    voided = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["version", "-revision"]
        constraints = [
            models.UniqueConstraint(fields=["version", "revision"], name="key_revision_once"),
            models.CheckConstraint(condition=Q(revision__gte=1), name="key_revision_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} key {self.revision}"
