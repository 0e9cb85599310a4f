"""Team reports for programs and spreadsheets; who may see what is decided by `analytics.domain.teams`."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.public import Team
from analytics.domain.team_table import team_table
from analytics.domain.teams import TeamReport, exam_of_team, team_report
from lifecycle.public import Exam

EXAM = OpenApiParameter("exam", str, description="The exam's slug; without it, the exam that most of the team's people prepare for.")


class FigureBody(serializers.Serializer[Any]):
    """A figure with its change over a week."""

    value = serializers.IntegerField()
    of = serializers.IntegerField(allow_null=True)
    change = serializers.IntegerField(allow_null=True)


class DomainCellBody(serializers.Serializer[Any]):
    """A domain's estimated share of right answers in percent; null under eight answers."""

    number = serializers.IntegerField()
    title = serializers.CharField()
    estimate = serializers.IntegerField(allow_null=True)
    answers = serializers.IntegerField()


class LessonCountBody(serializers.Serializer[Any]):
    """Lessons in all, begun and done."""

    total = serializers.IntegerField()
    begun = serializers.IntegerField()
    done = serializers.IntegerField()


class MemberBody(serializers.Serializer[Any]):
    """A member. Without consent (`state` hidden) everything but the name is empty."""

    key = serializers.IntegerField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=["shown", "too_early", "none", "hidden"])
    verdict = serializers.CharField()
    chance = serializers.CharField(source="chance_words")
    estimate = serializers.IntegerField(allow_null=True)
    low = serializers.IntegerField(allow_null=True)
    high = serializers.IntegerField(allow_null=True)
    answers = serializers.IntegerField()
    domains = DomainCellBody(many=True)
    weeks = serializers.ListField(child=serializers.IntegerField(allow_null=True), source="spark")
    last_active = serializers.DateTimeField(allow_null=True)
    lessons = LessonCountBody(allow_null=True)


class TrendBody(serializers.Serializer[Any]):
    """Median and quartiles of the estimates on a day; null for fewer than three members."""

    day = serializers.DateField()
    median = serializers.IntegerField(allow_null=True)
    low = serializers.IntegerField(allow_null=True)
    high = serializers.IntegerField(allow_null=True)
    members = serializers.IntegerField()


class HelpBody(serializers.Serializer[Any]):
    """Who needs help and why."""

    key = serializers.IntegerField(source="member.key")
    name = serializers.CharField(source="member.name")
    reason = serializers.CharField(source="text")
    action = serializers.CharField(source="action.kind")
    domain = serializers.IntegerField(source="action.domain", allow_null=True)


class TeamReportBody(serializers.Serializer[Any]):
    """How a team stands. A member who does not lead gets their own row and nothing about the team."""

    team = serializers.CharField(source="team.slug")
    name = serializers.CharField(source="team.name")
    exam = serializers.CharField(source="exam.slug")
    leads = serializers.BooleanField()
    since = serializers.DateField()
    until = serializers.DateField()
    pass_mark = serializers.IntegerField()
    sentence = serializers.SerializerMethodField()
    ready = FigureBody(allow_null=True)
    median = FigureBody(allow_null=True)
    active = FigureBody(allow_null=True)
    practice_seconds = FigureBody(source="practice", allow_null=True)
    trend = TrendBody(many=True)
    help = HelpBody(many=True)
    members = MemberBody(many=True)
    medians = DomainCellBody(many=True)

    def get_sentence(self, report: TeamReport) -> str:
        """What the page says first."""
        return " ".join(report.sentences)


def report_for(request: Request, slug: str) -> TeamReport:
    """The report that the caller may see; 404 for who is not in the team, as for a team or an exam that does not exist."""
    try:
        team = Team.objects.visible_to(request.user).get(slug=slug)
        wanted = request.query_params.get("exam")
        exam = Exam.objects.get(slug=wanted) if wanted else exam_of_team(team)
        if exam is None:
            raise Http404
        return team_report(team, exam, request.user)
    except (Team.DoesNotExist, Exam.DoesNotExist) as error:
        raise Http404 from error


class TeamReportView(APIView):
    """A team's report."""

    @extend_schema(parameters=[EXAM], responses=TeamReportBody)
    def get(self, request: Request, slug: str) -> Response:
        """The report as the page has it."""
        return Response(TeamReportBody(report_for(request, slug)).data)


class TeamTableView(APIView):
    """A team's table for a spreadsheet."""

    @extend_schema(parameters=[EXAM], responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, slug: str) -> HttpResponse:
        """One line a member, as CSV in UTF-8 with a byte order mark, which spreadsheets need to see that it is UTF-8."""
        report = report_for(request, slug)
        name = f"{report.team.slug}-{report.until.isoformat()}.csv"
        return HttpResponse(
            "\ufeff" + team_table(report),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
