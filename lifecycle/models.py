"""The exam, its blueprint, the stages of the lifecycle, the course, the reference, and what a learner has done of it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Loaded(models.Model):
    """Text that comes from content files and may be edited in admin.

    `content_digest` is the digest of the file entry that was last loaded; `edited_at` is set by the admin, and what
    carries it is never overwritten by a load.
    """

    content_digest = models.CharField(max_length=64, blank=True, editable=False)
    edited_at = models.DateTimeField(_("edited here"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True


class Exam(Loaded):
    """A certification exam. Its slug is part of every page's address."""

    slug = models.SlugField(max_length=40, unique=True)
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    provider = models.CharField(max_length=120)
    level = models.CharField(max_length=60, blank=True)
    candidate = models.TextField(blank=True)
    language = models.CharField(max_length=12, default="en")

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class Blueprint(Loaded):
    """A dated edition of the exam guide: minutes, counts, scale, pass mark, weights."""

    exam = models.ForeignKey(Exam, models.PROTECT, related_name="blueprints")
    edition = models.CharField(max_length=20)
    published = models.DateField()
    current = models.BooleanField(default=True)
    minutes = models.PositiveSmallIntegerField()
    questions = models.PositiveSmallIntegerField()
    scored = models.PositiveSmallIntegerField()
    unscored = models.PositiveSmallIntegerField()
    scale_min = models.PositiveSmallIntegerField()
    scale_max = models.PositiveSmallIntegerField()
    pass_mark = models.PositiveSmallIntegerField()
    assumed_cut = models.FloatField(_("raw share that the pass mark is assumed to stand for"))
    item_types = models.JSONField(default=list)
    sources = models.JSONField(default=list)
    checked = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["exam", "edition"], name="blueprint_edition_once"),
            models.UniqueConstraint(fields=["exam"], condition=Q(current=True), name="blueprint_one_current"),
            models.CheckConstraint(condition=Q(questions=models.F("scored") + models.F("unscored")), name="blueprint_counts_add_up"),
            models.CheckConstraint(condition=Q(assumed_cut__gt=0, assumed_cut__lt=1), name="blueprint_cut_is_share"),
            models.CheckConstraint(
                condition=Q(scale_min__lt=models.F("pass_mark"), pass_mark__lt=models.F("scale_max")), name="blueprint_scale_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.exam_id} guide {self.edition}"


class Domain(models.Model):
    """A domain of the blueprint with its weight in percent and its share of a simulation."""

    blueprint = models.ForeignKey(Blueprint, models.CASCADE, related_name="domains")
    number = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    short_title = models.CharField(_("title where there is little room"), max_length=30, default="", db_default="", blank=True)
    weight = models.PositiveSmallIntegerField(_("weight in percent"))
    scored = models.PositiveSmallIntegerField(_("scored questions in a simulation"))
    unscored = models.PositiveSmallIntegerField(_("unscored questions in a simulation"))

    class Meta:
        ordering = ["blueprint", "number"]
        constraints = [models.UniqueConstraint(fields=["blueprint", "number"], name="domain_number_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Task(models.Model):
    """A task statement of a domain, such as 1.3."""

    domain = models.ForeignKey(Domain, models.CASCADE, related_name="tasks")
    number = models.CharField(max_length=12)
    title = models.CharField(max_length=250)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["domain", "number"], name="task_number_once")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class Objective(models.Model):
    """An objective under a task, in our own words."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="objectives")
    code = models.CharField(max_length=16)
    text = models.TextField()
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["task", "code"], name="objective_code_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.text}"


class Stage(Loaded):
    """A stage of the ML lifecycle, or (cross_cutting) what runs across all of them."""

    exam = models.ForeignKey(Exam, models.PROTECT, related_name="stages")
    slug = models.SlugField(max_length=60)
    order = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    cross_cutting = models.BooleanField(default=False)
    in_nine_stage_view = models.BooleanField(default=True)
    phase = models.PositiveSmallIntegerField(_("phase of the five-phase view"), null=True, blank=True)
    phase_title = models.CharField(max_length=120, blank=True)
    module_number = models.PositiveSmallIntegerField(_("module of the course"), null=True, blank=True)
    purpose = models.TextField()
    inputs = models.JSONField(default=list, blank=True)
    outputs = models.JSONField(default=list, blank=True)
    activities = models.JSONField(default=list, blank=True)
    common_mistakes = models.JSONField(default=list, blank=True)
    services: models.ManyToManyField[Any, Any] = models.ManyToManyField("Service", related_name="listed_by_stages", blank=True)

    class Meta:
        ordering = ["exam", "order"]
        constraints = [models.UniqueConstraint(fields=["exam", "slug"], name="stage_slug_once")]

    def __str__(self) -> str:
        return self.name


class StageLoop(models.Model):
    """A way back from one stage to an earlier one."""

    origin = models.ForeignKey(Stage, models.CASCADE, related_name="loops_back")
    target = models.ForeignKey(Stage, models.CASCADE, related_name="loops_in")
    when = models.CharField(max_length=250)
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["origin", "target"], name="stage_loop_once")]

    def __str__(self) -> str:
        return f"{self.origin_id} -> {self.target_id}"


class Service(Loaded):
    """A cloud service, feature or resource of the reference."""

    exam = models.ForeignKey(Exam, models.PROTECT, related_name="services")
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=120)
    aliases = models.JSONField(default=list, blank=True)
    category = models.CharField(max_length=60, blank=True)
    description = models.TextField()
    in_guide = models.CharField(max_length=60, blank=True)
    status = models.TextField(_("what changed lately"), blank=True)
    source = models.URLField(max_length=500, blank=True)
    checked = models.DateField(null=True, blank=True)
    stages = models.ManyToManyField(Stage, related_name="used_services", blank=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["exam", "slug"], name="service_slug_once")]

    def __str__(self) -> str:
        return self.name


class ServiceConfusion(models.Model):
    """What tells a service from another that it is often taken for."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="confused_with")
    other = models.ForeignKey(Service, models.CASCADE, related_name="+")
    difference = models.TextField()
    order = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["order"]
        constraints = [models.UniqueConstraint(fields=["service", "other"], name="service_confusion_once")]

    def __str__(self) -> str:
        return f"{self.service_id} / {self.other_id}"


class Module(Loaded):
    """A module of the course on the lifecycle."""

    exam = models.ForeignKey(Exam, models.PROTECT, related_name="modules")
    number = models.PositiveSmallIntegerField()
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=160)
    difficulty = models.PositiveSmallIntegerField(_("difficulty, 1 to 5"))
    summary = models.TextField(blank=True)
    prerequisites = models.JSONField(default=list, blank=True)
    objectives = models.JSONField(default=list, blank=True)
    success_measures = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["exam", "number"]
        constraints = [
            models.UniqueConstraint(fields=["exam", "number"], name="module_number_once"),
            models.UniqueConstraint(fields=["exam", "slug"], name="module_slug_once"),
            models.CheckConstraint(condition=Q(difficulty__range=(1, 5)), name="module_difficulty"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class LessonQuerySet(models.QuerySet["Lesson"]):
    """Reads of lessons."""

    def published(self) -> LessonQuerySet:
        """What learners see."""
        return self.filter(published=True)


class Lesson(Loaded):
    """A lesson of at most eight minutes. Lessons of task 1.3 belong to a module; the rest of the exam goes by task."""

    exam = models.ForeignKey(Exam, models.PROTECT, related_name="lessons")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=160)
    language = models.CharField(max_length=12, default="en")
    task = models.ForeignKey(Task, models.PROTECT, related_name="lessons")
    module = models.ForeignKey(Module, models.PROTECT, related_name="lessons", null=True, blank=True)
    order = models.PositiveIntegerField(_("place in the course"))
    minutes = models.PositiveSmallIntegerField()
    summary = models.TextField()
    key_rule = models.TextField(_("rule to remember"))
    body = models.TextField(_("text (Markdown)"))
    sections = models.JSONField(default=list, blank=True, editable=False)  # [{"anchor", "title"}] in order
    checks = models.JSONField(default=list, blank=True, editable=False)  # [{"question", "options": [{"text", "correct", "why"}]}]
    facts = models.JSONField(default=list, blank=True)
    sources = models.JSONField(default=list, blank=True)  # [{"title", "url"}]
    checked = models.DateField(_("facts checked on"))
    published = models.BooleanField(default=True)
    objectives = models.ManyToManyField(Objective, related_name="lessons", blank=True)
    stages = models.ManyToManyField(Stage, related_name="lessons", blank=True)
    services = models.ManyToManyField(Service, related_name="lessons", blank=True)

    objects = LessonQuerySet.as_manager()

    class Meta:
        ordering = ["exam", "order"]
        constraints = [
            models.UniqueConstraint(fields=["exam", "slug"], name="lesson_slug_once"),
            models.CheckConstraint(condition=Q(minutes__range=(1, 8)), name="lesson_at_most_eight_minutes"),
        ]

    def __str__(self) -> str:
        return self.title


class Term(Loaded):
    """A glossary entry."""

    exam = models.ForeignKey(Exam, models.PROTECT, related_name="terms")
    slug = models.SlugField(max_length=80)
    term = models.CharField(max_length=120)
    also = models.JSONField(default=list, blank=True)
    definition = models.TextField()
    example = models.TextField(blank=True)
    lesson = models.ForeignKey(Lesson, models.SET_NULL, null=True, blank=True, related_name="terms")

    class Meta:
        ordering = ["term"]
        constraints = [models.UniqueConstraint(fields=["exam", "slug"], name="term_slug_once")]

    def __str__(self) -> str:
        return self.term


class Formula(Loaded):
    """A formula card: what it measures, when to choose it, worked numbers."""

    class Kind(models.TextChoices):
        CLASSIFICATION = "classification", _("Classification")
        REGRESSION = "regression", _("Regression")
        TEXT = "text", _("Text")
        BUSINESS = "business", _("Business")

    exam = models.ForeignKey(Exam, models.PROTECT, related_name="formulas")
    slug = models.SlugField(max_length=80)
    order = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=120)
    also = models.JSONField(default=list, blank=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    formula = models.TextField()
    words = models.TextField()
    use_when = models.TextField()
    beware = models.TextField(blank=True)
    example = models.TextField()
    lesson = models.ForeignKey(Lesson, models.SET_NULL, null=True, blank=True, related_name="formulas")

    class Meta:
        ordering = ["exam", "order"]
        constraints = [models.UniqueConstraint(fields=["exam", "slug"], name="formula_slug_once")]

    def __str__(self) -> str:
        return self.name


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    """Reads of enrolments."""

    def visible_to(self, user: Any) -> EnrolmentQuerySet:
        """A person's own enrolments."""
        return self.filter(user_id=user.pk)


class Enrolment(models.Model):
    """A learner and an exam: when it is, and how much time a day there is for it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="enrolments")
    exam = models.ForeignKey(Exam, models.PROTECT, related_name="enrolments")
    blueprint = models.ForeignKey(Blueprint, models.PROTECT, related_name="+")
    exam_date = models.DateField(null=True, blank=True)
    exam_date_skipped = models.BooleanField(_("asked once for the date, and skipped"), default=False)
    minutes_a_day = models.PositiveSmallIntegerField(default=20)
    last_lesson = models.ForeignKey(Lesson, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "exam"], name="enrolment_once"),
            models.CheckConstraint(condition=Q(minutes_a_day__range=(5, 480)), name="enrolment_minutes_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} for {self.exam_id}"


class LessonProgressQuerySet(models.QuerySet["LessonProgress"]):
    """Reads of lesson progress."""

    def visible_to(self, user: Any) -> LessonProgressQuerySet:
        """A person's own progress."""
        return self.filter(user_id=user.pk)


class LessonProgress(models.Model):
    """What a learner has done of a lesson. No row: not started."""

    class State(models.TextChoices):
        BEGUN = "begun", _("Begun")
        DONE = "done", _("Done")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="lesson_progress")
    lesson = models.ForeignKey(Lesson, models.CASCADE, related_name="progress")
    state = models.CharField(max_length=8, choices=State.choices, default=State.BEGUN)
    section = models.CharField(_("anchor where the reader stopped"), max_length=80, blank=True)
    checks = models.JSONField(default=dict, blank=True)  # {"0": 2}: option chosen last, by check
    begun_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    objects = LessonProgressQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "lesson"], name="lesson_progress_once"),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False) | Q(state="begun"), name="lesson_progress_done_has_time"
            ),
        ]
        indexes = [models.Index(fields=["user", "-seen_at"], name="lesson_progress_recent")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.lesson_id} {self.state}"


class Figure(Loaded):
    """A drawing of a lesson: SVG that has been cleaned and can stand inside a page."""

    exam = models.ForeignKey(Exam, models.PROTECT, related_name="figures")
    slug = models.SlugField(max_length=80)
    svg = models.TextField()

    class Meta:
        ordering = ["slug"]
        constraints = [models.UniqueConstraint(fields=["exam", "slug"], name="figure_slug_once")]

    def __str__(self) -> str:
        return self.slug


class TermSuggestionQuerySet(models.QuerySet["TermSuggestion"]):
    """Reads of suggestions."""

    def visible_to(self, user: Any) -> TermSuggestionQuerySet:
        """What a person suggested; instructors read all of it in the administration."""
        return self.filter(suggested_by_id=user.pk)

    def unread(self) -> TermSuggestionQuerySet:
        """Answered, and the answer not looked at yet."""
        return self.exclude(state=TermSuggestion.State.OPEN).filter(seen_at__isnull=True)


class TermSuggestion(models.Model):
    """A learner misses a service or a term in the reference; an instructor answers.

    `folded` is the name as two are compared: one blank between words, no capitals.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Added")
        DECLINED = "declined", _("Not added")

    class Kind(models.TextChoices):
        SERVICE = "service", _("Service")
        TERM = "term", _("Term")

    exam = models.ForeignKey(Exam, models.CASCADE, related_name="suggestions")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField(_("service or term"), max_length=120)
    folded = models.CharField(max_length=360, editable=False)  # a letter may fold to three
    note = models.TextField(_("where it was met"), max_length=500, blank=True)
    suggested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="term_suggestions")
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    answer = models.TextField(_("answer to who suggested it"), blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(_("answer seen by who suggested it"), null=True, blank=True)
    created_at = models.DateTimeField()

    objects = TermSuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["exam", "suggested_by", "folded"], name="term_suggestion_once_a_person"),
            models.CheckConstraint(condition=~Q(name=""), name="term_suggestion_has_name"),
            models.CheckConstraint(condition=Q(state="open") | Q(answered_at__isnull=False), name="term_suggestion_answered_has_time"),
            models.CheckConstraint(condition=~Q(state="declined") | ~Q(answer=""), name="term_suggestion_declined_says_why"),
        ]
        indexes = [models.Index(fields=["created_at"], name="term_suggestion_open", condition=Q(state="open"))]

    def __str__(self) -> str:
        return self.name


class SearchEntry(models.Model):
    """What the search looks through: one row for each thing that has a page or a place on one.

    The database keeps the full-text index of these rows by itself (migration `search_index`): a generated column on PostgreSQL,
    triggers on SQLite.
    """

    class Kind(models.TextChoices):
        LESSON = "lesson", _("Lesson")
        SERVICE = "service", _("Service")
        TERM = "term", _("Term")
        FORMULA = "formula", _("Formula")
        STAGE = "stage", _("Stage")

    exam = models.ForeignKey(Exam, models.CASCADE, related_name="search_entries")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    slug = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    also = models.TextField(_("other names"), blank=True)
    summary = models.TextField(blank=True)
    body = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["exam", "kind", "slug"], name="search_entry_once")]
        verbose_name_plural = _("search entries")

    def __str__(self) -> str:
        return f"{self.kind} {self.slug}"
