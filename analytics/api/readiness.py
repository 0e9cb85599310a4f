"""Where a learner stands, for programs. While it is too early to say, no figure of the exam leaves the server."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.instrument import NoBlueprint
from analytics.planner import plan_next
from analytics.queries import readiness_history, readiness_of
from lifecycle.public import Exam

MOST_DAYS = 730
DAYS = OpenApiParameter("days", int, description=f"How far back, at most {MOST_DAYS}; 84 where it is left out.")


class NeededDomainBody(serializers.Serializer[Any]):
    """Answers that a domain lacks."""

    number = serializers.IntegerField(source="0")
    title = serializers.CharField(source="1")
    answers = serializers.IntegerField(source="2")


class NeededBody(serializers.Serializer[Any]):
    """What is missing before a verdict."""

    answers = serializers.IntegerField()
    of = serializers.IntegerField()
    domains = serializers.SerializerMethodField()
    too_wide = serializers.BooleanField()

    @extend_schema(responses=NeededDomainBody(many=True))
    def get_domains(self, needed: Any) -> list[dict[str, Any]]:
        """Each domain that lacks answers."""
        return [{"number": number, "title": title, "answers": count} for number, title, count in needed.domains]


class ShareBody(serializers.Serializer[Any]):
    """A share of right answers in percent with its 90 % interval."""

    estimate = serializers.IntegerField()
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    answers = serializers.IntegerField()


class DomainBody(ShareBody):
    """A domain, and the questions of the exam that could still be won in it."""

    number = serializers.IntegerField()
    title = serializers.CharField()
    weight = serializers.FloatField()
    marks_to_gain = serializers.FloatField()
    too_few = serializers.BooleanField()


class TaskBody(ShareBody):
    """A task of the blueprint."""

    number = serializers.CharField()
    title = serializers.CharField()
    domain = serializers.IntegerField()


class StageBody(ShareBody):
    """A stage of the lifecycle."""

    slug = serializers.CharField()
    name = serializers.CharField()
    level = serializers.CharField()


class ExamFiguresBody(serializers.Serializer[Any]):
    """Figures on the exam's scale with the 90 % interval, and the chance to pass."""

    estimate = serializers.IntegerField()
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    chance = serializers.FloatField()
    in_twenty = serializers.IntegerField()
    dots = serializers.ListField(child=serializers.IntegerField())


class ReadinessBody(serializers.Serializer[Any]):
    """Where the caller stands. `exam` is null while `state` is `too_early`."""

    state = serializers.ChoiceField(choices=["too_early", "shown"])
    verdict = serializers.ChoiceField(choices=["too_early", "not_yet", "close", "ready"])
    answers = serializers.IntegerField()
    first_answers = serializers.IntegerField()
    pass_mark = serializers.IntegerField()
    needed = NeededBody()
    exam = serializers.SerializerMethodField()
    domains = serializers.SerializerMethodField()
    tasks = serializers.SerializerMethodField()
    stages = serializers.SerializerMethodField()
    updated_at = serializers.DateTimeField(allow_null=True)

    @extend_schema(responses=ExamFiguresBody)
    def get_exam(self, standing: Any) -> dict[str, Any] | None:
        """Null while it is too early."""
        return dict(ExamFiguresBody(standing).data) if standing.shown else None

    @extend_schema(responses=DomainBody(many=True))
    def get_domains(self, standing: Any) -> list[dict[str, Any]]:
        """Those with the most to gain first; empty while it is too early."""
        return list(DomainBody(standing.domains, many=True).data) if standing.shown else []

    @extend_schema(responses=TaskBody(many=True))
    def get_tasks(self, standing: Any) -> list[dict[str, Any]]:
        """Empty while it is too early."""
        return list(TaskBody(standing.tasks, many=True).data) if standing.shown else []

    @extend_schema(responses=StageBody(many=True))
    def get_stages(self, standing: Any) -> list[dict[str, Any]]:
        """Stages that have been answered; their words are no verdict on the exam, so they show from the first answer."""
        return list(StageBody([stage for stage in standing.stages.values() if stage.answers], many=True).data)


class PointBody(serializers.Serializer[Any]):
    """A day with answers; the figures are null where it was too early to show them."""

    day = serializers.DateField()
    estimate = serializers.SerializerMethodField()
    low = serializers.SerializerMethodField()
    high = serializers.SerializerMethodField()
    chance = serializers.SerializerMethodField()

    def get_estimate(self, point: Any) -> int | None:
        """On the exam's scale."""
        return point.estimate if point.shown else None

    def get_low(self, point: Any) -> int | None:
        """The low end of the 90 % interval."""
        return point.low if point.shown else None

    def get_high(self, point: Any) -> int | None:
        """The high end of the 90 % interval."""
        return point.high if point.shown else None

    def get_chance(self, point: Any) -> float | None:
        """To pass, from 0 to 1."""
        return point.chance if point.shown else None


class StepBody(serializers.Serializer[Any]):
    """Something to do now, and what it is worth in chance to pass."""

    kind = serializers.ChoiceField(choices=["diagnostic", "reviews", "drill", "lesson"])
    title = serializers.CharField()
    reason = serializers.CharField()
    minutes = serializers.IntegerField()
    gain = serializers.FloatField()
    marks = serializers.FloatField(help_text="Right answers of the exam, where the chance hardly moves.")
    start = serializers.DictField()


def measured_exam(slug: str) -> Exam:
    """The exam, or 404."""
    try:
        return Exam.objects.get(slug=slug)
    except Exam.DoesNotExist as error:
        raise Http404 from error


class ReadinessView(APIView):
    """Where the caller stands."""

    @extend_schema(responses=ReadinessBody)
    def get(self, request: Request, exam: str) -> Response:
        """Estimate, interval, chance, domains, tasks and stages; `too_early` is a state, not an error."""
        try:
            return Response(ReadinessBody(readiness_of(request.user, measured_exam(exam))).data)
        except NoBlueprint as error:
            raise Http404 from error


class ReadinessHistoryView(APIView):
    """How it went."""

    @extend_schema(parameters=[DAYS], responses=PointBody(many=True))
    def get(self, request: Request, exam: str) -> Response:
        """The days with answers, oldest first."""
        field = serializers.IntegerField(min_value=1, max_value=MOST_DAYS)
        try:
            days = field.run_validation(request.query_params.get("days", 84))
        except serializers.ValidationError as error:
            raise serializers.ValidationError({"days": error.detail}) from error
        return Response(PointBody(readiness_history(request.user, measured_exam(exam), days), many=True).data)


class PlanView(APIView):
    """What to do next."""

    @extend_schema(responses=StepBody(many=True))
    def get(self, request: Request, exam: str) -> Response:
        """Steps for the next ten minutes, the first to be done first."""
        try:
            return Response(StepBody(plan_next(request.user, measured_exam(exam)), many=True).data)
        except NoBlueprint as error:
            raise Http404 from error
