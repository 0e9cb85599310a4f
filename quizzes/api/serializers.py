"""What clients send and what they get. Request serializers only parse; nothing here writes."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.public import Preferences
from lifecycle.public import Exam
from quizzes.domain.forms import SOURCES, Wanted
from quizzes.models import Attempt, ProblemReport, Question, Quiz
from quizzes.models.attempt import Timing
from quizzes.models.quiz import Feedback
from quizzes.records import Event

LONGEST_ANSWER = 20


class AnswerField(serializers.JSONField):
    """None, a list of option keys, or an object from prompt to option key."""

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        if value is not None and not isinstance(value, list | dict):
            raise serializers.ValidationError("Expected null, a list of keys, or an object from prompt to key.")
        if value is not None and len(value) > LONGEST_ANSWER:
            raise serializers.ValidationError("That is more than any question asks for.")
        return value


class SaveRequest(serializers.Serializer):
    """One save of an answer."""

    answer = AnswerField(allow_null=True)
    base_version = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    save_id = serializers.UUIDField()
    flagged = serializers.BooleanField(default=False)
    struck = serializers.ListField(child=serializers.CharField(max_length=4), max_length=LONGEST_ANSWER, default=list)
    seconds = serializers.IntegerField(min_value=0, max_value=86_400, default=0)
    confidence = serializers.IntegerField(min_value=1, max_value=3, allow_null=True, default=None)


class SavedBody(serializers.Serializer):
    """What is stored after a save."""

    position = serializers.IntegerField()
    version = serializers.IntegerField()
    save_id = serializers.UUIDField()
    answer = AnswerField(allow_null=True)
    flagged = serializers.BooleanField()
    struck = serializers.ListField(child=serializers.CharField())
    saved_at = serializers.DateTimeField()
    deadline = serializers.DateTimeField(allow_null=True)
    now = serializers.DateTimeField()


class StartRequest(serializers.Serializer):
    """What a learner wants to sit: a published quiz by its slug, or a mix of their own."""

    quiz = serializers.SlugField(required=False)
    exam = serializers.SlugField(required=False)
    mode = serializers.ChoiceField(
        choices=[mode for mode in Attempt.Mode.values if mode != Attempt.Mode.QUIZ], required=False, help_text="Required without a quiz."
    )
    domains = serializers.ListField(child=serializers.IntegerField(min_value=1, max_value=20), default=list, max_length=20)
    tasks = serializers.ListField(child=serializers.CharField(max_length=12), default=list, max_length=40)
    stages = serializers.ListField(child=serializers.SlugField(), default=list, max_length=20)
    count = serializers.IntegerField(min_value=1, max_value=100, default=10)
    feedback = serializers.ChoiceField(choices=Feedback.choices, default=Feedback.EACH)
    sources = serializers.ListField(child=serializers.ChoiceField(choices=[(s, s) for s in SOURCES]), default=list, max_length=3)
    timing = serializers.ChoiceField(
        choices=Timing.choices, default=Timing.NONE, help_text="A drill's clock: exam_pace gives the exam's seconds for each question."
    )
    allowance = serializers.ChoiceField(choices=Preferences.Allowance.choices, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Either a quiz, or an exam and a mode; everything named must exist; only a drill's clock can be chosen."""
        if attrs["timing"] != Timing.NONE and ("quiz" in attrs or attrs.get("mode") != Attempt.Mode.DRILL):
            raise serializers.ValidationError({"timing": "Only a drill's clock can be chosen."})
        if "quiz" in attrs:
            quiz = Quiz.objects.visible_to(self.context["user"]).filter(slug=attrs["quiz"]).select_related("exam").first()
            if quiz is None:
                raise serializers.ValidationError({"quiz": "There is no such quiz for you."})
            return attrs | {"quiz": quiz, "exam": quiz.exam, "mode": Attempt.Mode.QUIZ}
        for field in ("exam", "mode"):
            if field not in attrs:
                raise serializers.ValidationError({field: "Name a quiz, or an exam and a mode."})
        exam = Exam.objects.filter(slug=attrs["exam"]).first()
        if exam is None:
            raise serializers.ValidationError({"exam": "There is no such exam."})
        return attrs | {"quiz": None, "exam": exam}

    def wanted(self) -> Wanted:
        """The parsed wish."""
        data = self.validated_data
        return Wanted(
            mode=data["mode"],
            quiz=data["quiz"],
            domains=tuple(data["domains"]),
            tasks=tuple(data["tasks"]),
            stages=tuple(data["stages"]),
            count=data["count"],
            feedback=data["feedback"],
            sources=tuple(data["sources"]),
            timing=data["timing"],
        )


class PositionRequest(serializers.Serializer):
    """The question shown last."""

    position = serializers.IntegerField(min_value=1)


class KeyedText(serializers.Serializer):
    """An option or prompt of a question."""

    key = serializers.CharField()
    text = serializers.CharField()


class ScenarioBody(serializers.Serializer):
    """The shared stem of a case study."""

    slug = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField()


class QuestionBody(serializers.Serializer):
    """A question as an open attempt shows it: never a key or a rationale."""

    position = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Question.Kind.choices)
    stem = serializers.CharField()
    choose = serializers.IntegerField()
    scenario = ScenarioBody(allow_null=True)
    options = KeyedText(many=True)
    prompts = KeyedText(many=True)


class ResponseBody(serializers.Serializer):
    """A stored response."""

    position = serializers.IntegerField()
    answer = AnswerField(allow_null=True)
    version = serializers.IntegerField()
    save_id = serializers.UUIDField()
    flagged = serializers.BooleanField()
    struck = serializers.ListField(child=serializers.CharField())
    seconds = serializers.IntegerField()
    confidence = serializers.IntegerField(allow_null=True)
    checked = serializers.BooleanField()
    saved_at = serializers.DateTimeField()


class StatusBody(serializers.Serializer):
    """State and clock of an attempt."""

    state = serializers.ChoiceField(choices=Attempt.State.choices)
    deadline = serializers.DateTimeField(allow_null=True)
    now = serializers.DateTimeField()
    paused = serializers.BooleanField()
    remaining_seconds = serializers.IntegerField(allow_null=True)
    can_pause = serializers.BooleanField()
    can_add_minutes = serializers.IntegerField()
    result_url = serializers.CharField(required=False)


class AttemptBody(StatusBody):
    """An attempt with its questions and stored responses."""

    id = serializers.UUIDField()
    mode = serializers.ChoiceField(choices=Attempt.Mode.choices)
    title = serializers.CharField()
    exam = serializers.SlugField()
    feedback = serializers.ChoiceField(choices=Feedback.choices)
    marking = serializers.CharField()
    started_at = serializers.DateTimeField()
    grace_seconds = serializers.IntegerField()
    minutes = serializers.IntegerField(allow_null=True)
    allowance = serializers.CharField()
    position = serializers.IntegerField()
    questions = QuestionBody(many=True)
    responses = ResponseBody(many=True)


class AttemptRow(serializers.ModelSerializer):
    """An attempt in the list of past ones."""

    exam = serializers.SlugRelatedField(slug_field="slug", read_only=True)
    score = serializers.FloatField(allow_null=True)
    max_score = serializers.FloatField(allow_null=True)
    scaled = serializers.IntegerField(allow_null=True)
    passed = serializers.BooleanField(allow_null=True)

    class Meta:
        model = Attempt
        fields = [
            "id",
            "exam",
            "mode",
            "title",
            "state",
            "question_count",
            "started_at",
            "submitted_at",
            "deadline",
            "score",
            "max_score",
            "scaled",
            "passed",
        ]


class SubmittedBody(serializers.Serializer):
    """The receipt of a submit."""

    state = serializers.ChoiceField(choices=Attempt.State.choices)
    status_url = serializers.CharField()
    result_url = serializers.CharField()
    answered = serializers.IntegerField()


class ExplainedOptionBody(serializers.Serializer):
    """An option with its verdict and reason."""

    key = serializers.CharField()
    text = serializers.CharField()
    correct = serializers.BooleanField()
    chosen = serializers.BooleanField()
    rationale = serializers.CharField()
    place = serializers.IntegerField(allow_null=True)
    given_place = serializers.IntegerField(allow_null=True)
    prompt = serializers.CharField(allow_null=True)
    prompt_text = serializers.CharField()
    given_text = serializers.CharField()
    struck = serializers.BooleanField()


class CheckedOptionBody(ExplainedOptionBody):
    """An option of a checked answer."""

    share = serializers.IntegerField(
        allow_null=True,
        help_text="Of a hundred learners, how many chose it the first time; null under 30 answers, and where nothing is chosen.",
    )


class LessonLinkBody(serializers.Serializer):
    """Where the explanation continues."""

    slug = serializers.CharField()
    title = serializers.CharField()
    url = serializers.CharField()


class SourceBody(serializers.Serializer):
    """The public source of a question."""

    title = serializers.CharField()
    url = serializers.CharField()
    checked = serializers.DateField()


class ExplainedAnswerBody(serializers.Serializer):
    """An answer with what is right about it, and where that is taught."""

    position = serializers.IntegerField()
    right = serializers.BooleanField()
    credit = serializers.FloatField()
    parts_right = serializers.IntegerField()
    parts = serializers.IntegerField()
    answer = AnswerField(allow_null=True)
    correct = AnswerField()
    options = ExplainedOptionBody(many=True)
    rule = serializers.CharField()
    lesson = LessonLinkBody()
    source = SourceBody()
    returns_at = serializers.DateTimeField(allow_null=True)


class FeedbackBody(ExplainedAnswerBody):
    """The feedback on one checked answer."""

    options = CheckedOptionBody(many=True)
    report_url = serializers.CharField(help_text="Where a problem with the question is reported.")


class ExplainedQuestionBody(ExplainedAnswerBody):
    """A question of a result."""

    question_id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Question.Kind.choices)
    stem = serializers.CharField()
    choose = serializers.IntegerField()
    scenario = ScenarioBody(allow_null=True)
    task = serializers.CharField()
    domain = serializers.IntegerField()
    scored = serializers.BooleanField()
    answered = serializers.BooleanField()
    voided = serializers.BooleanField()
    flagged = serializers.BooleanField()
    seconds = serializers.IntegerField()
    changes = serializers.IntegerField()
    confidence = serializers.IntegerField(allow_null=True)


class DomainScoreBody(serializers.Serializer):
    """Right answers of a domain among its scored questions."""

    number = serializers.IntegerField()
    title = serializers.CharField()
    right = serializers.FloatField()
    of = serializers.IntegerField()


class ResultBody(serializers.Serializer):
    """A graded attempt."""

    id = serializers.UUIDField()
    mode = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()
    revision = serializers.IntegerField()
    score = serializers.FloatField()
    max_score = serializers.FloatField()
    scaled = serializers.IntegerField(allow_null=True)
    passed = serializers.BooleanField(allow_null=True)
    answered = serializers.IntegerField()
    submitted_at = serializers.DateTimeField()
    graded_at = serializers.DateTimeField()
    domains = DomainScoreBody(many=True)
    questions = ExplainedQuestionBody(many=True)


class RecordEntryBody(serializers.Serializer):
    """One acknowledged event. `version` counts the saves of the position; `answer_text` has the words that were chosen."""

    at = serializers.DateTimeField()
    event = serializers.ChoiceField(choices=[str(event) for event in Event])
    position = serializers.IntegerField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    answer = AnswerField(allow_null=True)
    answer_text = serializers.JSONField(allow_null=True)
    detail = serializers.CharField()


class RecordBody(serializers.Serializer):
    """What was stored when, by the database's clock. `forgotten` counts saves whose times are no longer kept."""

    id = serializers.UUIDField(source="attempt.pk")
    title = serializers.CharField(source="attempt.title")
    started_at = serializers.DateTimeField(source="attempt.started_at")
    deadline = serializers.DateTimeField(source="attempt.deadline", allow_null=True)
    submitted_at = serializers.DateTimeField(source="attempt.submitted_at", allow_null=True)
    forgotten = serializers.IntegerField()
    entries = RecordEntryBody(many=True)


class QuizBody(serializers.Serializer):
    """A published quiz."""

    slug = serializers.SlugField(source="quiz.slug")
    title = serializers.CharField(source="quiz.title")
    description = serializers.CharField(source="quiz.description")
    feedback = serializers.CharField(source="quiz.feedback")
    minutes = serializers.IntegerField(source="quiz.minutes", allow_null=True)
    questions = serializers.IntegerField()
    taken = serializers.IntegerField()
    left = serializers.IntegerField(allow_null=True)
    open = serializers.BooleanField()
    opens_at = serializers.DateTimeField(source="quiz.opens_at", allow_null=True)
    closes_at = serializers.DateTimeField(source="quiz.closes_at", allow_null=True)
    due_at = serializers.DateTimeField(allow_null=True)


class ReviewsBody(serializers.Serializer):
    """Cards due now and in the week to come."""

    due = serializers.IntegerField()
    by_day = serializers.ListField(child=serializers.IntegerField())
    next_due_at = serializers.DateTimeField(allow_null=True)


class ReportRequest(serializers.Serializer):
    """What is wrong with a question, and in which attempt it was met."""

    kind = serializers.ChoiceField(choices=ProblemReport.Kind.choices)
    text = serializers.CharField(max_length=2000, allow_blank=True, default="")
    attempt = serializers.UUIDField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """ "Something else" needs words."""
        if attrs["kind"] == ProblemReport.Kind.OTHER and not attrs["text"].strip():
            raise serializers.ValidationError({"text": _("Say what is wrong with the question.")})
        return attrs


class ReportBody(serializers.ModelSerializer):
    """A report and, when there is one, its answer."""

    class Meta:
        model = ProblemReport
        fields = ["id", "kind", "text", "state", "answer", "answered_at", "created_at"]
