"""The content and study-progress API: parse, one call of the domain, render."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import generics
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from lifecycle import queries
from lifecycle.api import serializers
from lifecycle.domain.errors import CheckMissing, SectionMissing
from lifecycle.domain.progress import answer_check, record_progress
from lifecycle.models import Blueprint, Domain, Exam, Formula, Lesson, Service, ServiceConfusion, Stage, StageLoop, Task, Term
from lifecycle.rendering import lesson_view
from lifecycle.search import search

MOST_HITS = 50
EXAM = OpenApiParameter("exam", str, description="Slug of an exam; every exam where it is left out.")


def text_parameter(name: str, description: str) -> OpenApiParameter:
    """A text in the query."""
    return OpenApiParameter(name, str, description=description)


class OfExam(generics.ListAPIView[Any]):
    """A list of things that belong to an exam, of one exam where `?exam=` names it."""

    permission_classes = [AllowAny]
    rows: Any = None
    filters: dict[str, str] = {}

    def get_queryset(self) -> QuerySet[Any]:
        """The rows that the query asks for; an unknown exam is 404, an unknown value of a filter finds nothing."""
        rows = self.rows.all()
        asked = self.request.query_params
        if asked.get("exam"):
            rows = rows.filter(exam=get_object_or_404(Exam, slug=asked["exam"]))
        wanted = {path: asked[name] for name, path in self.filters.items() if asked.get(name)}
        return rows.filter(**wanted)


class ExamsView(generics.ListAPIView[Exam]):
    """The exams."""

    permission_classes = [AllowAny]
    serializer_class = serializers.ExamBody
    queryset = Exam.objects.order_by("code")


class BlueprintView(APIView):
    """The current edition of an exam's guide."""

    permission_classes = [AllowAny]

    @extend_schema(responses=serializers.BlueprintBody)
    def get(self, request: Request, slug: str) -> Response:
        """Weights, counts, scale, tasks and objectives."""
        tasks = Prefetch("tasks", Task.objects.prefetch_related("objectives"))
        blueprints = Blueprint.objects.select_related("exam").prefetch_related(Prefetch("domains", Domain.objects.prefetch_related(tasks)))
        blueprint = get_object_or_404(blueprints, exam__slug=slug, current=True)
        return Response(serializers.BlueprintBody(blueprint).data)


@extend_schema_view(get=extend_schema(parameters=[EXAM]))
class StagesView(OfExam):
    """The stages of the lifecycle with their ways back."""

    serializer_class = serializers.StageBody
    rows = Stage.objects.select_related("exam").prefetch_related(
        "services", Prefetch("loops_back", StageLoop.objects.select_related("target"))
    )


@extend_schema_view(get=extend_schema(parameters=[EXAM, text_parameter("stage", "Slug of a stage.")]))
class ServicesView(OfExam):
    """Services with what they are confused with."""

    serializer_class = serializers.ServiceBody
    rows = Service.objects.select_related("exam").prefetch_related(
        "stages", Prefetch("confused_with", ServiceConfusion.objects.select_related("other"))
    )
    filters = {"stage": "stages__slug"}


LESSONS = Lesson.objects.published().select_related("exam", "task", "module").prefetch_related("stages", "objectives", "services")


@extend_schema_view(
    get=extend_schema(
        parameters=[
            EXAM,
            text_parameter("task", "Number of a task, such as 1.3."),
            OpenApiParameter("module", int, description="Number of a module of the course."),
            text_parameter("stage", "Slug of a stage."),
        ]
    )
)
class LessonsView(OfExam):
    """Lessons in course order."""

    serializer_class = serializers.LessonListBody
    rows = LESSONS.order_by("exam__code", "order")
    filters = {"task": "task__number", "module": "module__number", "stage": "stages__slug"}

    def get_queryset(self) -> QuerySet[Any]:
        """The lessons that the query asks for."""
        module = self.request.query_params.get("module", "")
        if module and not (module.isascii() and module.isdigit() and len(module) < 6):
            raise ValidationError({"module": [_("A whole number is needed.")]})
        return super().get_queryset()


def the_lesson(request: Request, slug: str) -> Lesson:
    """The published lesson of an address; 404 where there is none. `?exam=` decides where two exams have one of that name."""
    lessons = Lesson.objects.published().filter(slug=slug).select_related("exam")
    if request.query_params.get("exam"):
        lessons = lessons.filter(exam__slug=request.query_params["exam"])
    found = list(lessons[:2])
    if not found:
        raise Http404
    if len(found) > 1:
        raise ValidationError({"exam": [_("Two exams have a lesson of this name; say which is meant.")]})
    return found[0]


class LessonView(APIView):
    """One lesson."""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[EXAM], responses=serializers.LessonBody)
    def get(self, request: Request, slug: str) -> Response:
        """The lesson with its text; inline checks come without their answers."""
        lesson = LESSONS.get(pk=the_lesson(request, slug).pk)
        view = lesson_view(lesson)
        body = serializers.LessonListBody(lesson).data | {
            "sections": lesson.sections,
            "sources": lesson.sources,
            "html": view.html,
            "checks": [asdict(check) for check in view.checks],
        }
        return Response(body)


@extend_schema_view(get=extend_schema(parameters=[EXAM]))
class TermsView(OfExam):
    """The glossary."""

    serializer_class = serializers.TermBody
    rows = Term.objects.select_related("exam", "lesson")


@extend_schema_view(get=extend_schema(parameters=[EXAM, text_parameter("kind", "classification, regression, text or business.")]))
class FormulasView(OfExam):
    """Formula cards."""

    serializer_class = serializers.FormulaBody
    rows = Formula.objects.select_related("exam", "lesson")
    filters = {"kind": "kind"}


class SearchView(APIView):
    """Search over lessons, stages, services, terms and formulas."""

    permission_classes = [AllowAny]

    @extend_schema(
        parameters=[
            text_parameter("q", "Words, or their beginnings."),
            EXAM,
            OpenApiParameter("limit", int, description="At most so many results; 20, no more than 50."),
        ],
        responses=serializers.SearchBody,
    )
    def get(self, request: Request) -> Response:
        """What fits best, first; nothing for an empty query."""
        asked = request.query_params
        exams = Exam.objects.order_by("pk")
        exam = get_object_or_404(exams, slug=asked["exam"]) if asked.get("exam") else exams.first()
        limit = asked.get("limit") or "20"
        if not (limit.isascii() and limit.isdigit() and len(limit) < 6 and 1 <= int(limit) <= MOST_HITS):
            raise ValidationError({"limit": [_("A whole number from 1 to %(most)d is needed.") % {"most": MOST_HITS}]})
        hits = search(exam, asked.get("q", ""), int(limit)) if exam else []
        return Response({"results": [asdict(hit) for hit in hits]})


class LessonProgressView(APIView):
    """How far a reader has come in a lesson."""

    permission_classes = [IsAuthenticated]

    @extend_schema(parameters=[EXAM], request=serializers.ProgressRequest, responses=serializers.LessonProgressBody)
    def put(self, request: Request, slug: str) -> Response:
        """Note that a lesson was begun or done; what is done stays done."""
        body = serializers.ProgressRequest(data=request.data)
        body.is_valid(raise_exception=True)
        lesson = the_lesson(request, slug)
        try:
            progress = record_progress(user=request.user, lesson=lesson, **body.validated_data)
        except SectionMissing as missing:
            raise ValidationError({"section": [_("The lesson has no such section.")]}) from missing
        stored = {name: getattr(progress, name) for name in ("state", "section", "seen_at", "done_at")}
        return Response({"lesson": slug, **stored})


class LessonCheckView(APIView):
    """An inline check of a lesson."""

    permission_classes = [AllowAny]

    @extend_schema(parameters=[EXAM], request=serializers.CheckRequest, responses=serializers.CheckBody)
    def post(self, request: Request, slug: str, number: int) -> Response:
        """Whether the option is right, and why; kept for a person with an account. Checks are counted from 0."""
        body = serializers.CheckRequest(data=request.data)
        body.is_valid(raise_exception=True)
        lesson = the_lesson(request, slug)
        if number >= len(lesson.checks):
            raise Http404
        try:
            outcome = answer_check(user=request.user, lesson=lesson, check=number, option=body.validated_data["option"])
        except CheckMissing as missing:
            raise ValidationError({"option": [_("The check has no such option.")]}) from missing
        return Response(asdict(outcome))


class ProgressView(APIView):
    """Where the learner stands in an exam's course."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=serializers.ProgressBody)
    def get(self, request: Request, exam: str) -> Response:
        """The counts that every page shows, and the lesson to go on with."""
        rows = queries.lesson_rows(request.user, get_object_or_404(Exam, slug=exam))
        counts = queries.count_lessons(rows)
        body = {"exam": exam, "lessons": counts.lessons, "next": queries.next_of(rows)}
        body |= {name: {str(key): count for key, count in getattr(counts, name).items()} for name in ("modules", "stages", "tasks")}
        return Response(serializers.ProgressBody(body).data)
