"""What clients send and what they get. Request serializers only parse; nothing here writes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from lifecycle.models import Blueprint, Exam, Formula, Lesson, LessonProgress, Service, Stage, Term


class ExamBody(serializers.ModelSerializer[Exam]):
    """An exam."""

    class Meta:
        model = Exam
        fields = ["slug", "code", "name", "provider", "level", "candidate", "language"]


class ObjectiveBody(serializers.Serializer[Any]):
    """An objective of a task."""

    code = serializers.CharField()
    text = serializers.CharField()


class TaskBody(serializers.Serializer[Any]):
    """A task statement."""

    number = serializers.CharField()
    title = serializers.CharField()
    objectives = ObjectiveBody(many=True)


class DomainBody(serializers.Serializer[Any]):
    """A domain with its weight in percent."""

    number = serializers.IntegerField()
    title = serializers.CharField()
    weight = serializers.IntegerField()
    scored = serializers.IntegerField()
    unscored = serializers.IntegerField()
    tasks = TaskBody(many=True)


class PublicPageBody(serializers.Serializer[Any]):
    """A public page."""

    title = serializers.CharField()
    url = serializers.URLField()


class BlueprintBody(serializers.ModelSerializer[Blueprint]):
    """The current edition of an exam's guide."""

    exam = serializers.CharField(source="exam.slug")
    item_types = serializers.ListField(child=serializers.CharField())
    sources = PublicPageBody(many=True)
    domains = DomainBody(many=True)

    class Meta:
        model = Blueprint
        fields = [
            "exam",
            "edition",
            "published",
            "minutes",
            "questions",
            "scored",
            "unscored",
            "scale_min",
            "scale_max",
            "pass_mark",
            "assumed_cut",
            "item_types",
            "sources",
            "checked",
            "domains",
        ]


class LoopBody(serializers.Serializer[Any]):
    """A way back to an earlier stage."""

    to = serializers.CharField(source="target.slug")
    when = serializers.CharField()


class StageBody(serializers.ModelSerializer[Stage]):
    """A stage of the lifecycle, or (cross_cutting) what runs across all of them."""

    exam = serializers.CharField(source="exam.slug")
    inputs = serializers.ListField(child=serializers.CharField())
    outputs = serializers.ListField(child=serializers.CharField())
    activities = serializers.ListField(child=serializers.CharField())
    common_mistakes = serializers.ListField(child=serializers.CharField())
    services = serializers.SlugRelatedField[Any](many=True, read_only=True, slug_field="slug")
    loops_back = LoopBody(many=True)

    class Meta:
        model = Stage
        fields = [
            "exam",
            "slug",
            "order",
            "name",
            "cross_cutting",
            "in_nine_stage_view",
            "phase",
            "phase_title",
            "module_number",
            "purpose",
            "inputs",
            "outputs",
            "activities",
            "common_mistakes",
            "services",
            "loops_back",
        ]


class ConfusionBody(serializers.Serializer[Any]):
    """What tells a service from another."""

    service = serializers.CharField(source="other.slug")
    name = serializers.CharField(source="other.name")
    difference = serializers.CharField()


class ServiceBody(serializers.ModelSerializer[Service]):
    """A service of the reference."""

    exam = serializers.CharField(source="exam.slug")
    aliases = serializers.ListField(child=serializers.CharField())
    stages = serializers.SlugRelatedField[Any](many=True, read_only=True, slug_field="slug")
    confused_with = ConfusionBody(many=True)

    class Meta:
        model = Service
        fields = [
            "exam",
            "slug",
            "name",
            "aliases",
            "category",
            "description",
            "in_guide",
            "status",
            "source",
            "checked",
            "stages",
            "confused_with",
        ]


class LessonListBody(serializers.ModelSerializer[Lesson]):
    """A lesson in a list."""

    exam = serializers.CharField(source="exam.slug")
    task = serializers.CharField(source="task.number")
    module = serializers.IntegerField(source="module.number", allow_null=True, default=None)
    stages = serializers.SlugRelatedField[Any](many=True, read_only=True, slug_field="slug")
    objectives = serializers.SlugRelatedField[Any](many=True, read_only=True, slug_field="code")
    services = serializers.SlugRelatedField[Any](many=True, read_only=True, slug_field="slug")

    class Meta:
        model = Lesson
        fields = [
            "exam",
            "slug",
            "title",
            "language",
            "task",
            "module",
            "order",
            "minutes",
            "summary",
            "key_rule",
            "checked",
            "stages",
            "objectives",
            "services",
        ]


class SectionBody(serializers.Serializer[Any]):
    """A section of a lesson."""

    anchor = serializers.CharField()
    title = serializers.CharField()


class LessonCheckBody(serializers.Serializer[Any]):
    """An inline check without its answer."""

    number = serializers.IntegerField()
    question = serializers.CharField()
    options = serializers.ListField(child=serializers.CharField())


class LessonBody(LessonListBody):
    """A lesson with its text as HTML; an inline check stands where an element has its number in `data-check`."""

    sections = SectionBody(many=True)
    sources = PublicPageBody(many=True)
    html = serializers.CharField(read_only=True)
    checks = LessonCheckBody(many=True, read_only=True)

    class Meta(LessonListBody.Meta):
        fields = [*LessonListBody.Meta.fields, "sections", "sources", "html", "checks"]


class TermBody(serializers.ModelSerializer[Term]):
    """A glossary entry."""

    exam = serializers.CharField(source="exam.slug")
    also = serializers.ListField(child=serializers.CharField())
    lesson = serializers.CharField(source="lesson.slug", allow_null=True, default=None)

    class Meta:
        model = Term
        fields = ["exam", "slug", "term", "also", "definition", "example", "lesson"]


class FormulaBody(serializers.ModelSerializer[Formula]):
    """A formula card."""

    exam = serializers.CharField(source="exam.slug")
    kind = serializers.CharField()
    also = serializers.ListField(child=serializers.CharField())
    lesson = serializers.CharField(source="lesson.slug", allow_null=True, default=None)

    class Meta:
        model = Formula
        fields = ["exam", "slug", "name", "also", "kind", "formula", "words", "use_when", "beware", "example", "lesson"]


class HitBody(serializers.Serializer[Any]):
    """Something that the search found; `mark` is an excerpt as HTML with the found words in `mark` elements."""

    kind = serializers.CharField()
    slug = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField()
    url = serializers.CharField()
    mark = serializers.CharField()


class SearchBody(serializers.Serializer[Any]):
    """What the search found, best first."""

    results = HitBody(many=True)


class ProgressRequest(serializers.Serializer[Any]):
    """How far a reader has come in a lesson."""

    state = serializers.ChoiceField(choices=LessonProgress.State.choices)
    section = serializers.CharField(max_length=80, required=False, allow_blank=True, default="")


class LessonProgressBody(serializers.Serializer[Any]):
    """What is stored about a lesson."""

    lesson = serializers.CharField()
    state = serializers.CharField()
    section = serializers.CharField(allow_blank=True)
    seen_at = serializers.DateTimeField()
    done_at = serializers.DateTimeField(allow_null=True)


class CheckRequest(serializers.Serializer[Any]):
    """The option chosen, counted from 0."""

    option = serializers.IntegerField(min_value=0, max_value=20)


class CheckBody(serializers.Serializer[Any]):
    """What the answer was."""

    right = serializers.BooleanField()
    why = serializers.CharField()
    correct_index = serializers.IntegerField()
    correct_why = serializers.CharField()


class CountBody(serializers.Serializer[Any]):
    """Lessons in all, begun but not done, done, and the state in a word."""

    total = serializers.IntegerField()
    begun = serializers.IntegerField()
    done = serializers.IntegerField()
    state = serializers.CharField()


class NextLessonBody(serializers.Serializer[Any]):
    """The lesson to go on with, and the section where the reader stopped."""

    slug = serializers.CharField()
    title = serializers.CharField()
    minutes = serializers.IntegerField()
    section = serializers.CharField(allow_blank=True)


class ProgressBody(serializers.Serializer[Any]):
    """Where a learner stands in the course."""

    exam = serializers.CharField()
    lessons = CountBody()
    modules = serializers.DictField(child=CountBody())
    stages = serializers.DictField(child=CountBody())
    tasks = serializers.DictField(child=CountBody())
    next = NextLessonBody(allow_null=True)
