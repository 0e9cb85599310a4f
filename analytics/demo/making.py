"""Making the demonstration: people, a team, ten weeks of sittings through the real domain, a quiz, a report."""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts.public import Membership, Team, User, create_team, make_instructor, read_db_now
from analytics.demo import keys
from analytics.demo.answering import chance, seconds, wrong_answer
from analytics.demo.cast import INSTRUCTOR, LEAD, LEARNER, MEMBERS, TEAM, Person
from analytics.models import Mastery
from lifecycle.public import Enrolment, Exam, Lesson, LessonProgress, enrol, record_progress
from quizzes.public import (
    Assignment,
    Attempt,
    Grade,
    GradingJob,
    NothingToAsk,
    Question,
    QuestionVersion,
    Quiz,
    Response,
    Save,
    Wanted,
    current_keys,
    drain_jobs,
    publish_quiz,
    report_problem,
    save_answer,
    start_attempt,
    submit_attempt,
    version_texts,
)

SEED = 20_261_120
WEEKS = 10
GRADER = "demo"
Progress = Callable[[str], None]


class NothingToLearn(LookupError):
    """There is no exam with questions yet."""


def is_made() -> bool:
    """Whether the demonstration was made here before."""
    return User.objects.filter(username__in=[LEARNER.username, LEAD[0], INSTRUCTOR[0]]).exists()


def make_demonstration(*, exam: Exam, progress: Progress) -> None:
    """Make everything in one transaction: all of it is there afterwards, or nothing. Raises NothingToLearn without questions."""
    if not Question.objects.published().filter(exam=exam).exists():
        raise NothingToLearn(exam.slug)
    with transaction.atomic():
        passwords = {username: keys.new_password() for username in (LEARNER.username, INSTRUCTOR[0], LEAD[0])}
        people = _people(passwords)
        team = _team(people)
        progress(_("lessons"))
        for person in (LEARNER, *MEMBERS):
            _study(people[person.username], person, exam)
        progress(_("sittings"))
        Practice(exam, people, progress).run()
        _quiz(exam, team, people)
    keys.keep(passwords)


def _people(passwords: dict[str, str]) -> dict[str, User]:
    """Accounts by user name. Members of the team have no password: nobody can sign in as them."""
    names = dict([INSTRUCTOR, LEAD, *((person.username, person.name) for person in (LEARNER, *MEMBERS))])
    people = {}
    for username, name in names.items():
        people[username] = User.objects.create_user(username, password=passwords.get(username), display_name=name)
    make_instructor(user=people[INSTRUCTOR[0]])
    return people


def _team(people: dict[str, User]) -> Team:
    now = read_db_now()
    window = (now + timedelta(days=24)).date()
    team = create_team(name=TEAM, actor=people[LEAD[0]], exam_from=window, exam_until=window + timedelta(days=4))
    joined = now - timedelta(weeks=WEEKS + 1)
    members = [Membership(team=team, user=people[person.username], shares=person.shares) for person in (LEARNER, *MEMBERS)]
    Membership.objects.bulk_create(members)
    Membership.objects.filter(team=team).update(joined_at=joined)
    return team


def _study(user: User, person: Person, exam: Exam) -> None:
    """Lessons done in course order, one begun, spread over the weeks."""
    now = read_db_now()
    enrol(user=user, exam=exam, exam_date=(now + timedelta(days=person.exam_in)).date() if person.exam_in else None)
    lessons = list(Lesson.objects.published().filter(exam=exam).order_by("order")[: person.lessons + 1])
    for place, lesson in enumerate(lessons):
        done = place < person.lessons
        record_progress(user=user, lesson=lesson, state="done" if done else "begun")
        at = now - timedelta(days=person.away, hours=3) - timedelta(weeks=WEEKS) * (len(lessons) - 1 - place) / len(lessons)
        LessonProgress.objects.filter(user=user, lesson=lesson).update(begun_at=at, seen_at=at, done_at=at if done else None)
    Enrolment.objects.filter(user=user, exam=exam).update(created_at=now - timedelta(weeks=WEEKS))


@dataclass(frozen=True)
class Sitting:
    """A sitting to be had: who, when, and what for."""

    person: Person
    at: datetime
    week: float
    wanted: Wanted


class Practice:
    """Ten weeks of sittings, in rounds: the n-th of everybody, then graded, so that each is drawn with the ones before in mind."""

    def __init__(self, exam: Exam, people: dict[str, User], progress: Progress) -> None:
        self.exam, self.people, self.progress = exam, people, progress
        self.dice = random.Random(SEED)
        self.met: dict[str, set[int]] = defaultdict(set)
        self.now = read_db_now()
        rows = Question.objects.filter(exam=exam).values_list("pk", "task__domain__number", "difficulty")
        self.facts = {pk: (domain, difficulty) for pk, domain, difficulty in rows}

    def run(self) -> None:
        """Have all sittings, round after round."""
        plans = [self._plan(person) for person in (LEARNER, *MEMBERS)]
        rounds = max(len(plan) for plan in plans)
        for number in range(rounds):
            held = [attempt for plan in plans if number < len(plan) and (attempt := self._sit(plan[number])) is not None]
            drain_jobs(worker=GRADER)
            self._date_grades(held)
            if (number + 1) % 5 == 0:
                self.progress(_("%(done)d of %(all)d rounds of sittings") % {"done": number + 1, "all": rounds})
        Mastery.objects.filter(user__in=self.people.values(), exam=self.exam).update(updated_at=F("last_submitted_at"))

    def _plan(self, person: Person) -> list[Sitting]:
        """The person's sittings in order of time."""
        last = self.now - timedelta(days=person.away, hours=5)
        apart = timedelta(weeks=WEEKS) / person.sittings
        plan = []
        for place in range(person.sittings):
            at = last - apart * (person.sittings - 1 - place) - timedelta(minutes=self.dice.randrange(90))
            week = WEEKS * place / person.sittings
            plan.append(Sitting(person, at, week, self._wanted(person, place)))
        return sorted([*plan, *self._reviews(last)], key=lambda sitting: sitting.at) if person is LEARNER else plan

    def _reviews(self, last: datetime) -> list[Sitting]:
        """Daily reviews of the demo learner on most evenings of the last two weeks."""
        days = [day for day in range(13, 0, -1) if day % 5]
        return [Sitting(LEARNER, last - timedelta(days=day, hours=2), WEEKS - day / 7, Wanted(mode="review", count=24)) for day in days]

    def _wanted(self, person: Person, place: int) -> Wanted:
        """Mixed drills, at times one of the weakest domain. The demo learner also sits simulations."""
        if person is LEARNER and place in (10, person.sittings - 3):
            return Wanted(mode="simulation")
        if place and place % 5 == 0 and person.weak:
            return Wanted(mode="drill", domains=(min(person.weak, key=lambda domain: person.weak[domain]),), count=8, feedback="each")
        return Wanted(mode="drill", count=person.questions)

    def _sit(self, sitting: Sitting) -> Attempt | None:
        """One sitting through the domain, then moved to where it belongs in time; None where the bank has nothing for it."""
        user = self.people[sitting.person.username]
        try:
            attempt = start_attempt(user=user, exam=self.exam, wanted=sitting.wanted)
        except NothingToAsk:
            return None
        spent = self._answer(attempt, user, sitting)
        submit_attempt(attempt_id=attempt.pk, user=user)
        move_to(attempt, at=sitting.at, spent=spent)
        return attempt

    def _answer(self, attempt: Attempt, user: User, sitting: Sitting) -> timedelta:
        texts = version_texts(version_id for version_id, _scored in attempt.form)
        right = current_keys(texts)
        spent, met = 0, self.met[sitting.person.username]
        for position, (version_id, _scored) in enumerate(attempt.form, start=1):
            text, key = texts[version_id], right[version_id].answer
            domain, difficulty = self.facts[text.question_id]
            again = text.question_id in met
            met.add(text.question_id)
            knows = self.dice.random() < chance(sitting.person, week=sitting.week, domain=domain, difficulty=difficulty, again=again)
            took = seconds(self.dice)
            spent += took
            save = Save(
                answer=key if knows else wrong_answer(self.dice, text.shape, key),
                base_version=0,
                save_id=uuid.UUID(int=self.dice.getrandbits(128), version=4),
                flagged=self.dice.random() < 0.08,
                seconds=took,
            )
            save_answer(attempt_id=attempt.pk, user_id=user.pk, guest_key="", position=position, save=save)
        return timedelta(seconds=spent)

    def _date_grades(self, attempts: list[Attempt]) -> None:
        """Grades are dated by the grader's clock; these belong a second behind their submits."""
        for attempt in attempts:
            attempt.refresh_from_db(fields=["submitted_at"])
            assert attempt.submitted_at is not None
            at = attempt.submitted_at + timedelta(seconds=1)
            Attempt.objects.filter(pk=attempt.pk, state=Attempt.State.GRADED).update(graded_at=at)
            Grade.objects.filter(attempt=attempt).update(graded_at=at)
            GradingJob.objects.filter(attempt=attempt, state=GradingJob.State.DONE).update(done_at=at)


def move_to(attempt: Attempt, *, at: datetime, spent: timedelta) -> None:
    """Move a sitting that was just submitted to another time, before it is graded: this is the one place where a clock is moved.

    What grading derives (evidence, mastery, snapshots, memory) takes its time from the submit, and so comes out as it would have.
    """
    ended = at + spent
    deadline = at + timedelta(minutes=attempt.minutes) if attempt.minutes else None
    Attempt.objects.filter(pk=attempt.pk).update(started_at=at, active_at=ended, submitted_at=ended, deadline=deadline)
    Response.objects.filter(attempt=attempt).update(saved_at=ended)
    GradingJob.objects.filter(attempt=attempt).update(created_at=ended)


def _quiz(exam: Exam, team: Team, people: dict[str, User]) -> None:
    """A published quiz with a due date for the team, and a report in the instructors' queue."""
    instructor, lead, learner = people[INSTRUCTOR[0]], people[LEAD[0]], people[LEARNER.username]
    questions: list[Question] = []
    for kind in Question.Kind.values:
        found = Question.objects.published().filter(exam=exam, task__number="1.3", kind=kind)
        questions += found.order_by("slug")[: 4 if kind == Question.Kind.MULTIPLE_CHOICE else 2]
    quiz = Quiz.objects.create(
        exam=exam,
        slug="checkpoint-lifecycle",
        title=_("Checkpoint: the ML lifecycle"),
        description=_("Ten minutes on the stages and their ways back."),
        minutes=20,
        created_by=instructor,
    )
    for place, question in enumerate(questions or Question.objects.published().filter(exam=exam)[:10], 1):
        quiz.entries.create(question=question, order=place)
    publish_quiz(quiz=quiz, actor=instructor)
    Assignment.objects.create(team=team, quiz=quiz, due_at=read_db_now() + timedelta(days=10), created_by=lead)
    attempt = Attempt.objects.filter(user=learner, state=Attempt.State.GRADED).order_by("-submitted_at").first()
    if attempt is not None:
        version = QuestionVersion.objects.get(pk=attempt.form[0][0])
        text = _("Two of the options look right to me. Could the question say which data it means?")
        report_problem(version=version, reporter=learner, attempt=attempt, kind="two_right", text=text)
