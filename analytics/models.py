"""What is believed of learners and questions, what it rests on, and how honest it was.

Two kinds of rows. Ledgers are added to and never edited (`AttemptEvidence` but for a recall's outcomes, `ParameterVersion`,
`ModelSettings`, `AccuracyReport`, `ExamResult`); rollups can be rebuilt from them (`Mastery`, `DailySnapshot`,
`QuestionStatistics`, `QuestionDay`, `QuestionFlag`).
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from analytics.tallies import SUMS_FORMAT


class OwnRowsQuerySet(models.QuerySet[Any]):
    """Reads of rows that belong to one learner."""

    def visible_to(self, user: Any) -> OwnRowsQuerySet:
        """A person's own rows; an anonymous visitor has none."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(user_id=user.pk)


class Mastery(models.Model):
    """What we believe of one learner for one exam: the packed Gaussian of `analytics.readiness.state`, at most 1.5 KB.

    `last_submitted_at` and `last_attempt` are the place in the order (submitted, attempt) up to which answers were taken. A row
    is `stale` when an answer came out of that order, or a key was recalled, and a replay has to put it right.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="masteries")
    exam = models.ForeignKey("lifecycle.Exam", models.PROTECT, related_name="+")
    state = models.BinaryField(max_length=1536)
    answers = models.PositiveIntegerField(_("answers taken"), default=0)
    first_answers = models.PositiveIntegerField(_("first-time answers taken"), default=0)
    pace_sum = models.FloatField(_("sum of the logarithms of seconds"), default=0)
    pace_count = models.PositiveIntegerField(default=0)
    last_submitted_at = models.DateTimeField(null=True)
    last_attempt = models.UUIDField(null=True)
    stale = models.BooleanField(default=False)
    updated_at = models.DateTimeField()

    objects = OwnRowsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = _("masteries")
        constraints = [models.UniqueConstraint(fields=["user", "exam"], name="mastery_once")]
        indexes = [models.Index(fields=["exam"], name="mastery_stale", condition=Q(stale=True))]

    def __str__(self) -> str:
        return f"{self.user_id} for {self.exam_id}"


class AttemptEvidence(models.Model):
    """What one graded attempt said, in the packed records of `analytics.ledger`: one row an attempt, however many questions.

    The stored predictions are never rewritten. A recall changes only who was right; what the question statistics still hold of
    the attempt is then kept in `superseded` until they have taken it back.
    """

    attempt = models.OneToOneField("quizzes.Attempt", models.CASCADE, primary_key=True, related_name="evidence")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="evidence")
    exam = models.ForeignKey("lifecycle.Exam", models.PROTECT, related_name="+")
    mode = models.CharField(max_length=16)
    submitted_at = models.DateTimeField()
    revision = models.PositiveIntegerField(default=1)
    records = models.BinaryField()
    superseded = models.BinaryField(null=True)
    counted = models.BooleanField(_("gathered into the question statistics"), default=False)
    answers_before = models.PositiveIntegerField(_("first-time answers before this attempt"), default=0)
    pace_before = models.FloatField(_("mean logarithm of seconds before this attempt"), null=True)
    score = models.FloatField(_("credit of the scored questions, whole exams only"), null=True)
    expected_score = models.FloatField(_("score predicted before the attempt"), null=True)
    expected_variance = models.FloatField(null=True)
    groups = models.TextField(_("groups of the learner on that day, joined by spaces"), blank=True, default="", db_default="")

    objects = OwnRowsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = _("attempt evidence")
        indexes = [
            models.Index(fields=["user", "exam", "submitted_at", "attempt"], name="evidence_in_order"),
            models.Index(fields=["exam", "submitted_at"], name="evidence_by_time"),
            models.Index(fields=["exam"], name="evidence_uncounted", condition=Q(counted=False)),
        ]

    def __str__(self) -> str:
        return f"{self.attempt_id}"


class ParameterVersion(models.Model):
    """One calibration of an exam's questions. The newest published one is in force; an interrupted one never is.

    `parameters` maps question id to [slope, difficulty, standard error, answers, version id, mean seconds].
    """

    exam = models.ForeignKey("lifecycle.Exam", models.CASCADE, related_name="parameter_versions")
    created_at = models.DateTimeField()
    parameters = models.JSONField()
    answers = models.PositiveIntegerField()
    persons = models.PositiveIntegerField(_("blocks of answers"))
    cycles = models.PositiveIntegerField()
    converged = models.BooleanField()
    log_likelihood = models.FloatField()
    label_shift = models.FloatField(default=0)
    start_ability = models.FloatField(_("ability that learners start with"), null=True)
    link_scale = models.FloatField(default=1)
    link_shift = models.FloatField(default=0)
    link_questions = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(_("seconds of fitting"))

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["exam", "-id"], name="parameter_version_newest")]

    def __str__(self) -> str:
        return f"{self.exam_id} {self.created_at:%Y-%m-%d}"


class ModelSettings(models.Model):
    """What is re-fitted monthly: hyper-parameters, label means, recalibration by outcomes, the assumed cut. The newest is in force.

    An empty `hyper` or `label_means` means the shipping defaults; an empty `cut` the blueprint's.
    """

    exam = models.ForeignKey("lifecycle.Exam", models.CASCADE, related_name="model_settings")
    created_at = models.DateTimeField()
    hyper = models.JSONField(default=dict)
    label_means = models.JSONField(default=dict)
    recalibration_intercept = models.FloatField(default=0)
    recalibration_slope = models.FloatField(default=1)
    results = models.PositiveIntegerField(_("exam results it rests on"), default=0)
    cut = models.FloatField(null=True)
    log_loss = models.FloatField(_("of the fit on held-out learners"), null=True)
    log_loss_before = models.FloatField(_("of the settings before on the same"), null=True)

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = _("model settings")
        constraints = [
            models.CheckConstraint(condition=Q(cut=None) | Q(cut__gt=0, cut__lt=1), name="model_settings_cut_is_share"),
            models.CheckConstraint(condition=Q(recalibration_slope__gt=0), name="model_settings_slope_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.exam_id} {self.created_at:%Y-%m-%d}"


class DailySnapshot(models.Model):
    """Where a learner stood at the end of a day with answers. Feeds trends, so that they never read responses.

    `domains` maps domain number to [score, low, high, answers]; scores are shares. `chance` is set even when it is too early to
    show it.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="readiness_days")
    exam = models.ForeignKey("lifecycle.Exam", models.PROTECT, related_name="+")
    day = models.DateField()
    estimate = models.PositiveSmallIntegerField()
    low = models.PositiveSmallIntegerField()
    high = models.PositiveSmallIntegerField()
    chance = models.FloatField()
    verdict = models.CharField(max_length=12)
    answers = models.PositiveIntegerField()
    first_answers = models.PositiveIntegerField()
    expected_score = models.FloatField()
    expected_variance = models.FloatField()
    domains = models.JSONField()

    objects = OwnRowsQuerySet.as_manager()

    class Meta:
        ordering = ["day"]
        constraints = [
            models.UniqueConstraint(fields=["user", "exam", "day"], name="snapshot_once_a_day"),
            models.CheckConstraint(condition=Q(chance__gte=0, chance__lte=1), name="snapshot_chance_is_share"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day}"


class ExamResult(models.Model):
    """What happened on the real exam day, as the learner reports it, with what was stated of them before."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="exam_results")
    exam = models.ForeignKey("lifecycle.Exam", models.PROTECT, related_name="+")
    taken_on = models.DateField(_("day of the exam"))
    passed = models.BooleanField(_("passed"))
    scaled = models.PositiveSmallIntegerField(_("score on the report"), null=True, blank=True)
    reported_at = models.DateTimeField()
    stated_on = models.DateField(_("day of the last statement before the exam"), null=True)
    stated_chance = models.FloatField(_("chance that was stated"), null=True)
    stated_raw_chance = models.FloatField(_("the same before recalibration"), null=True)
    expected_score = models.FloatField(null=True)
    expected_variance = models.FloatField(null=True)

    objects = OwnRowsQuerySet.as_manager()

    class Meta:
        ordering = ["-taken_on"]
        constraints = [
            models.UniqueConstraint(fields=["user", "exam", "taken_on"], name="exam_result_once_a_day"),
            models.CheckConstraint(
                condition=Q(stated_chance=None) | Q(stated_chance__gte=0, stated_chance__lte=1), name="exam_result_chance"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.taken_on}"


class QuestionStatisticsQuerySet(models.QuerySet["QuestionStatistics"]):
    """Reads of sums."""

    def outdated(self) -> QuestionStatisticsQuerySet:
        """Rows whose sums are of another format than this release adds up."""
        return self.filter(sums__everyone__isnull=False).filter(Q(sums__format__isnull=True) | ~Q(sums__format=SUMS_FORMAT))


class QuestionStatistics(models.Model):
    """Sums over the answers to one question version, added up by the gatherer and by nobody else.

    `sums` holds whole numbers only, so that any order of adding, and a rebuild, give equal numbers: see `analytics.tallies`.
    The rest is worked out from them each night for lists and pages.
    """

    version = models.OneToOneField("quizzes.QuestionVersion", models.CASCADE, primary_key=True, related_name="statistics")
    exam = models.ForeignKey("lifecycle.Exam", models.PROTECT, related_name="+")
    sums = models.JSONField()
    first_answers = models.PositiveIntegerField(default=0)
    facility = models.FloatField(null=True)
    discrimination = models.FloatField(null=True)
    slow_mads = models.FloatField(_("slowness against length and learners"), null=True)
    exposure_ratio = models.FloatField(null=True)
    harm = models.FloatField(_("expected harm"), default=0)
    gathered_at = models.DateTimeField(null=True)
    judged_at = models.DateTimeField(null=True)

    objects = QuestionStatisticsQuerySet.as_manager()

    class Meta:
        verbose_name_plural = _("question statistics")
        indexes = [models.Index(fields=["exam", "-harm"], name="question_statistics_by_harm")]

    def __str__(self) -> str:
        return f"{self.version_id}"


class QuestionDay(models.Model):
    """How often a question was met on one day, for its exposure."""

    question = models.ForeignKey("quizzes.Question", models.CASCADE, related_name="days")
    day = models.DateField()
    met = models.IntegerField(_("times met"), default=0)
    first_met = models.IntegerField(_("times met for the first time"), default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["question", "day"], name="question_day_once")]
        indexes = [models.Index(fields=["day"], name="question_day_recent")]

    def __str__(self) -> str:
        return f"{self.question_id} {self.day}"


class QuestionFlag(models.Model):
    """A flag on a question version, and the task of whoever owns it to look at it."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        FIXED = "fixed", _("Fixed")
        ACCEPTED = "accepted", _("Looked at and accepted")
        GONE = "gone", _("No longer raised")

    version = models.ForeignKey("quizzes.QuestionVersion", models.CASCADE, related_name="flags")
    exam = models.ForeignKey("lifecycle.Exam", models.PROTECT, related_name="+")
    flag = models.CharField(max_length=24)
    severity = models.CharField(max_length=8)
    subject = models.CharField(_("option, group or direction it names"), max_length=60, blank=True)
    value = models.FloatField()
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    answers = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="question_flags")
    note = models.TextField(_("what was found"), blank=True)
    raised_at = models.DateTimeField()
    seen_at = models.DateTimeField(_("last night it was raised"))
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-raised_at"]
        constraints = [
            models.UniqueConstraint(fields=["version", "flag", "subject"], condition=Q(state="open"), name="question_flag_open_once"),
            models.CheckConstraint(condition=Q(state="open") | Q(closed_at__isnull=False), name="question_flag_closed_has_time"),
        ]
        indexes = [models.Index(fields=["exam", "state"], name="question_flag_open")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.flag}"


class AccuracyReport(models.Model):
    """How honest the predictions were, worked out on one night over what was predicted before; `report` is shown as it is."""

    exam = models.ForeignKey("lifecycle.Exam", models.CASCADE, related_name="accuracy_reports")
    created_at = models.DateTimeField()
    since = models.DateTimeField()
    predictions = models.PositiveIntegerField()
    report = models.JSONField()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["exam", "-id"], name="accuracy_report_newest")]

    def __str__(self) -> str:
        return f"{self.exam_id} {self.created_at:%Y-%m-%d}"
