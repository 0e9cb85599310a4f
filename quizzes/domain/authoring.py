"""Authors at work: a question stored with its text, sent to review and back; a quiz published and retired."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.public import AuditEntry, User, db_now
from quizzes.domain.bank import make_version, publishing_problems, text_of, working_version
from quizzes.domain.question_text import Problem, QuestionRefused, QuestionText
from quizzes.models import Question, QuestionVersion, Quiz

State = Question.State


class QuizRefused(ValueError):
    """A quiz cannot be published; `problems` says why."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@transaction.atomic
def store_question(*, question: Question, text: QuestionText, actor: User, opened: str | None = None) -> QuestionVersion | None:
    """Store a question that a person made or edited, its text as the draft of the next version.

    `opened` is the `edit_mark` of the question when the person opened it; None asks nothing. Returns the version that was made,
    None where the text is as it was. The question counts as edited from now on, so that no load of content files overwrites it.
    Raises QuestionRefused, as `make_version` does, and where somebody else has stored another text since it was opened.
    """
    made = question.pk is None
    if not made and opened is not None:
        _require_as_opened(question, text, opened)
    question.edited_at = db_now()
    question.save()
    _audit(actor, "question.make" if made else "question.edit", question)
    newest = working_version(question)
    if newest is not None and text_of(newest) == text.with_counted_choose():
        return None
    return make_version(question=question, text=text, actor=actor)


def edit_mark(question: Question) -> str:
    """What tells one stored state of a question from the next."""
    return question.edited_at.isoformat() if question.edited_at else ""


def _require_as_opened(question: Question, text: QuestionText, opened: str) -> None:
    """Raises QuestionRefused when the question was stored with another text since it was opened; the second author decides."""
    stored = Question.objects.select_for_update().get(pk=question.pk)
    newest = working_version(stored)
    if edit_mark(stored) == opened or (newest is not None and text_of(newest) == text.with_counted_choose()):
        return
    last = AuditEntry.objects.filter(subject_kind="question", subject_id=stored.slug).select_related("actor").first()
    who = last.actor.shown_name if last is not None and last.actor is not None else _("Somebody")
    message = _("%(name)s stored this question after you opened it. Save again to put your text in the place of theirs.") % {"name": who}
    raise QuestionRefused([Problem("", message)])


@transaction.atomic
def send_to_review(*, question: Question, actor: User) -> Question:
    """Ask for a second pair of eyes. Raises QuestionRefused while something is missing that could not be published.

    The other questions of a case study need not be there yet. A published question keeps its state: its draft shows in the list.
    """
    question = Question.objects.select_for_update().get(pk=question.pk)
    problems = [problem for problem in publishing_problems(question) if problem.field != "scenario"]
    if question.state in (State.PUBLISHED, State.RETIRED):
        problems.append(Problem("state", _("Only a draft is sent to review.")))
    if problems:
        raise QuestionRefused(problems)
    return _move(question, State.REVIEW, "question.review", actor)


@transaction.atomic
def send_back(*, question: Question, actor: User) -> Question:
    """Take a question out of review, for its author to go on with it. Raises QuestionRefused when it is not in review."""
    question = Question.objects.select_for_update().get(pk=question.pk)
    if question.state != State.REVIEW:
        raise QuestionRefused([Problem("state", _("Only what is in review can be sent back."))])
    return _move(question, State.DRAFT, "question.send_back", actor)


def _move(question: Question, state: str, action: str, actor: User) -> Question:
    if question.state != state:
        _audit(actor, action, question, before={"state": question.state}, after={"state": state})
        Question.objects.filter(pk=question.pk).update(state=state, edited_at=db_now())
        question.refresh_from_db()
    return question


@transaction.atomic
def publish_quiz(*, quiz: Quiz, actor: User) -> Quiz:
    """Offer a quiz to be taken. Raises QuizRefused: no question, unpublished ones, questions of another exam, a window that is over."""
    quiz = Quiz.objects.select_for_update().get(pk=quiz.pk)
    problems = quiz_problems(quiz)
    if problems:
        raise QuizRefused(problems)
    return _turn(quiz, Quiz.State.PUBLISHED, actor)


def quiz_problems(quiz: Quiz) -> list[str]:
    """Every reason why a quiz cannot be published."""
    entries = list(quiz.entries.select_related("question"))
    problems = [] if entries else [_("A quiz needs at least one question.")]
    waiting = [entry.question.slug for entry in entries if entry.question.state != State.PUBLISHED]
    if waiting:
        problems.append(_("Not published yet: %(slugs)s.") % {"slugs": ", ".join(waiting)})
    foreign = [entry.question.slug for entry in entries if entry.question.exam_id != quiz.exam_id]
    if foreign:
        problems.append(_("Of another exam: %(slugs)s.") % {"slugs": ", ".join(foreign)})
    if Quiz.objects.filter(pk=quiz.pk, closes_at__lte=db_now()).exists():
        problems.append(_("The time in which it can be taken is over."))
    return problems


@transaction.atomic
def retire_quiz(*, quiz: Quiz, actor: User) -> Quiz:
    """Offer a quiz no more; sittings that run go on."""
    return _turn(Quiz.objects.select_for_update().get(pk=quiz.pk), Quiz.State.RETIRED, actor)


def _turn(quiz: Quiz, state: str, actor: User) -> Quiz:
    if quiz.state != state:
        AuditEntry.objects.create(
            actor=actor,
            action=f"quiz.{state}",
            subject_kind="quiz",
            subject_id=quiz.slug,
            before={"state": quiz.state},
            after={"state": state},
        )
        quiz.state = state
        quiz.save(update_fields=["state"])
    return quiz


def _audit(
    actor: User, action: str, question: Question, *, before: dict[str, str] | None = None, after: dict[str, str] | None = None
) -> None:
    AuditEntry.objects.create(actor=actor, action=action, subject_kind="question", subject_id=question.slug, before=before, after=after)
