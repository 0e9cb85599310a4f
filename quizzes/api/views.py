"""The attempts API: parse, one call of the domain, render."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.public import Preferences, read_db_now
from lifecycle.public import Exam, enrolment_or_exam
from quizzes import queries, records
from quizzes.api import serializers
from quizzes.api.refusals import Refusal, refusals
from quizzes.domain import answers, attempts, memory, reports, results
from quizzes.domain.errors import AttemptMissing
from quizzes.domain.forms import Wanted
from quizzes.domain.question_text import CHOSEN_KINDS
from quizzes.models import Attempt, Grade, Question
from quizzes.scoring import score_answer

LONGEST_KEY = 64
POLL_SECONDS = 1


def guest_key_of(request: Request, *, make: bool = False) -> str:
    """The random token that ties sittings without an account to a browser session."""
    session = request._request.session  # noqa: SLF001 - DRF has no public way to the session
    if make and "guest_key" not in session:
        session["guest_key"] = secrets.token_urlsafe(24)
    return session.get("guest_key", "")


def owner_of(request: Request) -> dict[str, Any]:
    """Who asks: an account, or a guest's session."""
    if request.user.is_authenticated:
        return {"user": request.user, "guest_key": ""}
    return {"user": None, "guest_key": guest_key_of(request)}


def own_attempt(request: Request, attempt_id: UUID) -> Attempt:
    """The caller's attempt, else 404."""
    attempt = results.graded_attempt(attempt_id, **owner_of(request))
    if attempt is None:
        raise AttemptMissing
    return attempt


def result_url(attempt_id: UUID) -> str:
    """The page of a result."""
    return f"/attempts/{attempt_id}/result/"


class AttemptsView(generics.ListAPIView):
    """List own attempts, or start one."""

    permission_classes = [AllowAny]
    serializer_class = serializers.AttemptRow
    throttle_scope = "start"

    def get_queryset(self):  # noqa: ANN201 - a QuerySet with annotations
        newest = Grade.objects.filter(attempt=OuterRef("pk")).order_by("-revision")
        fields = {name: Subquery(newest.values(name)[:1]) for name in ("score", "max_score", "scaled", "passed")}
        if getattr(self, "swagger_fake_view", False):
            return Attempt.objects.none()
        return (
            Attempt.objects.visible_to(**owner_of(self.request))
            .select_related("exam")
            .defer("form", "wanted")
            .annotate(**fields)
            .order_by("-started_at")
        )

    @extend_schema(request=serializers.StartRequest, responses={201: serializers.AttemptBody})
    def post(self, request: Request) -> Response:
        """Start an attempt; 409 when nothing fits or the quiz is closed."""
        wish = serializers.StartRequest(data=request.data, context={"user": request.user})
        wish.is_valid(raise_exception=True)
        user = request.user if request.user.is_authenticated else None
        allowance = wish.validated_data.get("allowance") or chosen_allowance(user)
        with refusals():
            attempt = attempts.start_attempt(
                user=user,
                guest_key="" if user else guest_key_of(request, make=True),
                exam=wish.validated_data["exam"],
                wanted=wish.wanted(),
                allowance=allowance,
            )
        location = reverse("api-attempt", args=[attempt.pk])
        return Response(queries.attempt_payload(attempt), status=status.HTTP_201_CREATED, headers={"Location": location})


def chosen_allowance(user: Any) -> str:
    """The time allowance that a person keeps for all sittings."""
    kept = Preferences.objects.filter(user=user).values_list("allowance", flat=True).first() if user else None
    return kept or Preferences.Allowance.STANDARD


class AttemptView(APIView):
    """One attempt: its questions and what is stored."""

    permission_classes = [AllowAny]

    @extend_schema(responses=serializers.AttemptBody)
    def get(self, request: Request, attempt_id: UUID) -> Response:
        """The attempt without keys or rationales."""
        with refusals():
            attempt = own_attempt(request, attempt_id)
        return Response(queries.attempt_payload(attempt))

    @extend_schema(request=serializers.PositionRequest, responses={204: None})
    def patch(self, request: Request, attempt_id: UUID) -> Response:
        """Remember the question shown last."""
        body = serializers.PositionRequest(data=request.data)
        body.is_valid(raise_exception=True)
        with refusals():
            attempts.remember_position(attempt_id=attempt_id, position=body.validated_data["position"], **owner_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ResponseView(APIView):
    """Save one answer."""

    permission_classes = [AllowAny]
    throttle_scope = "save"

    @extend_schema(request=serializers.SaveRequest, responses=serializers.SavedBody)
    def put(self, request: Request, attempt_id: UUID, position: int) -> Response:
        """Acknowledged means stored. A repeat of a save id answers as before; an older version gets 409 with what is stored."""
        body = serializers.SaveRequest(data=request.data)
        body.is_valid(raise_exception=True)
        data = body.validated_data
        save = answers.Save(**data | {"struck": tuple(data["struck"])})
        with refusals():
            saved = answers.save_answer(
                attempt_id=attempt_id,
                user_id=request.user.pk if request.user.is_authenticated else None,
                guest_key="" if request.user.is_authenticated else guest_key_of(request),
                position=position,
                save=save,
            )
        return Response(
            {
                "position": position,
                "version": saved.version,
                "save_id": saved.save_id,
                "answer": saved.answer,
                "flagged": save.flagged,
                "struck": save.struck,
                "saved_at": saved.saved_at,
                "deadline": saved.deadline,
                "now": saved.now,
            }
        )


class CheckView(APIView):
    """Feedback after each question."""

    permission_classes = [AllowAny]
    shares: Any = None
    """How large a share of learners chose each option, by version and key; given by config/urls.py, since it is counted above this app."""

    @extend_schema(request=None, responses=serializers.FeedbackBody)
    def post(self, request: Request, attempt_id: UUID, position: int) -> Response:
        """Lock the saved answer and explain it."""
        with refusals():
            text, attempt, response = answers.check_response(attempt_id=attempt_id, position=position, **owner_of(request))
        correct = answers.feedback_key(text)
        credit = score_answer(text.kind, correct, response.answer, partial=attempt.marking == "partial")
        chosen_by = self.shares([text.id]).get(text.id, {}) if text.kind in CHOSEN_KINDS else {}
        question = Question.objects.select_related("lesson").get(pk=text.question_id)
        lesson = results.LessonLink(question.lesson.slug, question.lesson.title, question.lesson_anchor)
        returns_at = memory.next_return(attempt, position=position, question_id=question.pk, right=credit.right, at=read_db_now())
        return Response(
            {
                "position": position,
                "right": credit.right,
                "credit": credit.credit,
                "parts_right": credit.parts_right,
                "parts": credit.parts,
                "answer": response.answer,
                "correct": correct,
                "options": [
                    asdict(option) | {"share": percent(chosen_by.get(option.key))}
                    for option in results.explain(
                        text=text, seed=attempt.seed, answer=response.answer, correct=correct, struck=response.struck
                    )
                ],
                "rule": text.rule,
                "lesson": lesson_body(attempt.exam.slug, lesson),
                "source": {"title": text.source_title, "url": text.source_url, "checked": text.checked},
                "returns_at": returns_at,
                "report_url": reverse("api-question-reports", args=[question.pk]),
            }
        )


def percent(share: float | None) -> int | None:
    """A share as a whole number of a hundred."""
    return None if share is None else round(100 * share)


def lesson_body(exam_slug: str, lesson: results.LessonLink) -> dict[str, str]:
    """A link to the section of a lesson."""
    anchor = f"#{lesson.anchor}" if lesson.anchor else ""
    return {"slug": lesson.slug, "title": lesson.title, "url": f"/{exam_slug}/lessons/{lesson.slug}/{anchor}"}


class SubmitView(APIView):
    """Submit an attempt."""

    permission_classes = [AllowAny]

    @extend_schema(
        request=None,
        responses={202: serializers.SubmittedBody},
        parameters=[
            OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description="Made by the client before the first try.")
        ],
    )
    def post(self, request: Request, attempt_id: UUID) -> Response:
        """Close the attempt and order its grading. Any repeat gets the same answer."""
        key = request.headers.get("Idempotency-Key", "")
        if len(key) > LONGEST_KEY:
            raise Refusal(400, "invalid", "The Idempotency-Key is longer than 64 characters.", errors={"Idempotency-Key": ["Too long."]})
        with refusals():
            attempt = attempts.submit_attempt(attempt_id=attempt_id, key=key, **owner_of(request))
            if attempt.state == Attempt.State.CANCELLED:
                raise Refusal(409, "closed", attempt.cancelled_reason, state=attempt.state)
        status_url = reverse("api-attempt-status", args=[attempt.pk])
        return Response(
            {
                "state": Attempt.State.SUBMITTED,
                "status_url": status_url,
                "result_url": result_url(attempt.pk),
                "answered": attempt.responses.filter(answer__isnull=False).count(),
            },
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": status_url, "Retry-After": str(POLL_SECONDS)},
        )


class StatusView(APIView):
    """State and clock of an attempt."""

    permission_classes = [AllowAny]

    @extend_schema(responses=serializers.StatusBody)
    def get(self, request: Request, attempt_id: UUID) -> Response:
        """The state; while it is being marked, Retry-After says when to ask again."""
        with refusals():
            return status_response(own_attempt(request, attempt_id))


def status_response(attempt: Attempt) -> Response:
    """The status body with its headers."""
    waiting = attempt.state in (Attempt.State.SUBMITTED, Attempt.State.NEEDS_ATTENTION)
    body = queries.attempt_status(attempt) | {"result_url": result_url(attempt.pk)}
    return Response(body, headers={"Retry-After": str(POLL_SECONDS)} if waiting else None)


class ClockView(APIView):
    """Pause, resume, or add minutes."""

    permission_classes = [IsAuthenticated]
    change: Any = None

    @extend_schema(request=None, responses=serializers.StatusBody)
    def post(self, request: Request, attempt_id: UUID) -> Response:
        """Change the clock of a practice exam and answer its status."""
        with refusals():
            attempt = type(self).change(attempt_id=attempt_id, user=request.user)
        return status_response(attempt)


class PauseView(ClockView):
    """Stop the clock."""

    change = staticmethod(attempts.pause_attempt)


class ResumeView(ClockView):
    """Start the clock again."""

    change = staticmethod(attempts.resume_attempt)


class AddMinutesView(ClockView):
    """Five minutes more."""

    change = staticmethod(attempts.add_minutes)


class ResultView(APIView):
    """The result of a graded attempt."""

    permission_classes = [AllowAny]

    @extend_schema(responses=serializers.ResultBody)
    def get(self, request: Request, attempt_id: UUID) -> Response:
        """Score, domains, and every option explained; 409 while it is being marked."""
        with refusals():
            result = results.result_of(own_attempt(request, attempt_id))
        return Response(result_body(result))


class RecordView(APIView):
    """What was acknowledged when."""

    permission_classes = [AllowAny]

    @extend_schema(responses=serializers.RecordBody)
    def get(self, request: Request, attempt_id: UUID) -> Response:
        """Every save that was stored, with its time, and what became of the attempt."""
        with refusals():
            record = records.record_of(own_attempt(request, attempt_id))
        return Response(serializers.RecordBody(record).data)


class RecordTableView(APIView):
    """What was acknowledged when, for spreadsheets."""

    permission_classes = [AllowAny]

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    def get(self, request: Request, attempt_id: UUID) -> HttpResponse:
        """The record as CSV."""
        with refusals():
            record = records.record_of(own_attempt(request, attempt_id))
        name = f"record-{record.attempt.pk}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(records.record_table(record), content_type="text/csv; charset=utf-8", headers=headers)


def result_body(result: results.Result) -> dict[str, Any]:
    """A result as JSON shows it."""
    attempt = result.attempt
    return {
        "id": attempt.pk,
        "mode": attempt.mode,
        "title": attempt.title,
        "state": attempt.state,
        "revision": result.revision,
        "score": result.score,
        "max_score": result.max_score,
        "scaled": result.scaled,
        "passed": result.passed,
        "answered": result.answered,
        "submitted_at": attempt.submitted_at,
        "graded_at": result.graded_at,
        "domains": [{name: getattr(domain, name) for name in ("number", "title", "right", "of")} for domain in result.domains],
        "questions": [explained_body(attempt.exam.slug, question) for question in result.questions],
    }


def explained_body(exam_slug: str, question: results.ExplainedQuestion) -> dict[str, Any]:
    """An explained question as JSON shows it."""
    body = asdict(question)
    scenario = body.pop("scenario")
    source = {"title": body.pop("source_title"), "url": body.pop("source_url"), "checked": body.pop("checked")}
    return body | {
        "scenario": dict(zip(("slug", "title", "text"), scenario, strict=True)) if scenario else None,
        "source": source,
        "lesson": lesson_body(exam_slug, question.lesson),
    }


class QuizzesView(APIView):
    """Quizzes open to me."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=serializers.QuizBody(many=True), parameters=[OpenApiParameter("exam", str)])
    def get(self, request: Request) -> Response:
        """Published quizzes, those with a due date first."""
        exams = Exam.objects.filter(slug=request.query_params["exam"]) if "exam" in request.query_params else Exam.objects.all()
        rows = [row for exam in exams for row in queries.quizzes_open_to(request.user, exam)]
        return Response(serializers.QuizBody(rows, many=True).data)


def exam_of_reviews(request: Request) -> Exam:
    """The exam that `?exam=` names; without it the one that the caller enrolled for last, else the first. 404 where there is none."""
    if "exam" in request.query_params:
        return get_object_or_404(Exam, slug=request.query_params["exam"])
    _enrolment, found = enrolment_or_exam(request.user)
    if found is None:
        raise Http404
    return found


class ReviewsView(APIView):
    """Due cards, and a review sitting."""

    permission_classes = [IsAuthenticated]

    @extend_schema(responses=serializers.ReviewsBody, parameters=[OpenApiParameter("exam", str)])
    def get(self, request: Request) -> Response:
        """Cards due now and over seven days."""
        exam = exam_of_reviews(request)
        return Response(serializers.ReviewsBody(queries.due_reviews(request.user, exam, read_db_now())).data)

    @extend_schema(request=None, responses={201: serializers.AttemptBody}, parameters=[OpenApiParameter("exam", str)])
    def post(self, request: Request) -> Response:
        """Start a sitting with what is due; 409 when nothing is."""
        exam = exam_of_reviews(request)
        with refusals():
            attempt = attempts.start_attempt(
                user=request.user, exam=exam, wanted=Wanted(mode=Attempt.Mode.REVIEW, count=20), allowance=chosen_allowance(request.user)
            )
        return Response(queries.attempt_payload(attempt), status=status.HTTP_201_CREATED)


class ReportsView(APIView):
    """Report a problem with a question."""

    permission_classes = [IsAuthenticated]
    throttle_scope = "report"

    @extend_schema(request=serializers.ReportRequest, responses={201: serializers.ReportBody})
    def post(self, request: Request, question_id: int) -> Response:
        """Put a report into the instructors' queue, with the version that was met."""
        body = serializers.ReportRequest(data=request.data)
        body.is_valid(raise_exception=True)
        question = get_object_or_404(Question.objects.select_related("current_version"), pk=question_id, current_version__isnull=False)
        attempt, version = None, question.current_version
        if "attempt" in body.validated_data:
            with refusals():
                attempt = own_attempt(request, body.validated_data["attempt"])
            version = question.versions.filter(pk__in=[entry[0] for entry in attempt.form]).first() or version
        report = reports.report_problem(
            version=version,
            reporter=request.user,
            attempt=attempt,
            kind=body.validated_data["kind"],
            text=body.validated_data["text"],
        )
        return Response(serializers.ReportBody(report).data, status=status.HTTP_201_CREATED)
