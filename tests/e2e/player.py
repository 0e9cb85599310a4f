"""The exam player as tests drive it: sittings made for a person, and the page with its parts by what they are for."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from playwright.sync_api import BrowserContext, Locator, Page, expect
from playwright.sync_api import Error as PlaywrightError

from lifecycle.models import Exam
from quizzes.models import Attempt, KeyRevision, Question, QuestionVersion, Quiz, QuizQuestion, Response
from quizzes.public import Wanted, start_attempt
from tests.servers.waiting import AT_A_PAGE, wait_until

ALL_KINDS = ("multiple_choice", "multiple_response", "ordering", "matching", "case_study")


def quiz_of(kinds: Sequence[str], *, minutes: int | None = 60, feedback: str = "end", title: str = "A quiz for a test") -> Quiz:
    """A published quiz with one question of the bank for each kind named, in that order."""
    exam = Exam.objects.get(slug="aif-c01")
    quiz = Quiz.objects.create(
        exam=exam, slug=f"test-{secrets.token_hex(6)}", title=title, state=Quiz.State.PUBLISHED, minutes=minutes, feedback=feedback
    )
    taken: set[int] = set()
    for order, kind in enumerate(kinds):
        question = Question.objects.published().filter(exam=exam, kind=kind).exclude(pk__in=taken).order_by("slug").first()
        assert question is not None, f"the bank has too few questions of kind {kind}"
        taken.add(question.pk)
        QuizQuestion.objects.create(quiz=quiz, question=question, order=order)
    return quiz


def sitting_of(person: Any, kinds: Sequence[str] = ALL_KINDS, **quiz: Any) -> Attempt:
    """An open sitting of that person with those kinds of questions."""
    made = quiz_of(kinds, **quiz)
    return start_attempt(user=person, exam=made.exam, wanted=Wanted(mode=Attempt.Mode.QUIZ, quiz=made))


def practice_exam_of(person: Any, kinds: Sequence[str] = ALL_KINDS, **quiz: Any) -> Attempt:
    """An open practice exam, short for the sake of the test: its clock can stop, and minutes can be added."""
    attempt = sitting_of(person, kinds, **quiz)
    Attempt.objects.filter(pk=attempt.pk).update(mode=Attempt.Mode.PRACTICE_EXAM, quiz=None, title="Practice exam 1")
    attempt.refresh_from_db()
    return attempt


def versions_of(attempt: Attempt) -> list[QuestionVersion]:
    """The pinned versions in the order of the sitting."""
    found = QuestionVersion.objects.in_bulk([entry[0] for entry in attempt.form])
    return [found[entry[0]] for entry in attempt.form]


def right_answer(version: QuestionVersion) -> Any:
    """The key in force."""
    return KeyRevision.objects.filter(version=version).order_by("-revision").values_list("answer", flat=True).first()


def stored(attempt: Attempt | UUID | str, position: int) -> Response | None:
    """What the server has for a position."""
    return Response.objects.filter(attempt=getattr(attempt, "pk", attempt), position=position).first()


@dataclass
class PlayerPage:
    """The player in a browser."""

    page: Page
    attempt: Attempt

    def open(self, position: int | None = None) -> PlayerPage:
        """Go to the player and wait for a question."""
        self.page.goto(f"/attempts/{self.attempt.pk}/" + (f"#{position}" if position else ""))
        self.shows(position)
        return self

    def shows(self, position: int | None = None) -> None:
        """Wait until a question (this one) is shown."""
        expect(self.page.locator(".qh h1:visible")).to_contain_text(f"Question {position} of" if position else "Question")

    @property
    def position(self) -> int:
        """The question shown."""
        found = re.search(r"\d+", self.page.locator(".qh h1").inner_text())
        assert found
        return int(found[0])

    @property
    def left(self) -> int:
        """Seconds left as the clock shows them, hidden or not: one that has begun counts."""
        face = self.part("clock").text_content() or ""
        return sum(int(number) * 60**power for power, number in enumerate(reversed(face.split(":"))))

    def run_to(self, seconds: int) -> None:
        """Let the page's clock, which `still` has stopped, run until so many seconds are left."""
        self.page.clock.run_for(1000 * (self.left - seconds))

    def part(self, name: str) -> Locator:
        """An element by its role in the player."""
        return self.page.locator(f'[data-part="{name}"]')

    def act(self, name: str) -> Locator:
        """A visible button by what it does."""
        return self.page.locator(f'[data-act="{name}"]:visible')

    def option(self, index: int) -> Locator:
        """The option row at an index."""
        return self.page.locator(".opt").nth(index)

    def choose(self, index: int) -> None:
        """Click an option."""
        self.option(index).locator("label").click()

    def go(self, position: int) -> None:
        """Open a question by the navigator."""
        self.part("cells").locator("a", has_text=re.compile(rf"^{position}$")).click()
        self.shows(position)

    def next(self) -> None:
        """The next question, by its button."""
        before = self.position
        self.act("next").click()
        self.shows(before + 1)

    def answer_somehow(self) -> Any:
        """A full answer to the question shown, by its native controls."""
        if self.page.locator(".opts").count():
            choose = self.choices_wanted()
            for index in range(choose):
                self.choose(index)
        else:
            for index in range(self.places_wanted()):
                self.page.locator(":is(.places, .match) select").nth(index).select_option(index=index + 1)
        return None

    def choices_wanted(self) -> int:
        """How many options this question asks for."""
        count = self.page.locator("#count").inner_text()
        found = re.search(r"of (\d+)", count)
        return int(found[1]) if found else 1

    def places_wanted(self) -> int:
        """How many selects to fill in."""
        if self.page.locator(".match").count():
            return self.page.locator(".match select").count()
        return self.page.locator(".places select").first.locator("option").count() - 1

    def saved(self) -> None:
        """Wait until nothing is unsent."""
        expect(self.part("save")).to_have_attribute("data-state", "saved")
        until(self.page, lambda: not self.unsent(), what="nothing is left in the outbox")

    def said(self) -> str:
        """What the polite region says now."""
        return self.part("polite").inner_text()

    def unsent(self) -> list[dict[str, Any]]:
        """Records that this browser has kept and not handed over."""
        return [record for record in self.kept("answers") if record["order"]]

    def kept(self, store: str) -> list[dict[str, Any]]:
        """What this browser keeps of this sitting: "answers" or "sittings"."""
        return json.loads(
            evaluated(
                self.page,
                """([store, attempt]) => new Promise((resolve, reject) => {
                    const request = indexedDB.open("studyloop");
                    request.onerror = reject;
                    request.onsuccess = () => {
                        const database = request.result;
                        if (!database.objectStoreNames.contains(store)) { database.close(); return resolve("[]"); }
                        const all = database.transaction(store).objectStore(store).getAll();
                        all.onsuccess = () => {
                            database.close();
                            resolve(JSON.stringify(all.result.filter((row) => row.attempt === attempt)));
                        };
                    };
                })""",
                [store, str(self.attempt.pk)],
            )
        )


def evaluated(page: Page, script: str, argument: Any = None) -> Any:
    """What a script answers in a page that may go on to another one meanwhile, as the page that waits for the mark does."""
    while True:
        try:
            return page.evaluate(script, argument)
        except PlaywrightError as error:
            if "context was destroyed" not in str(error):
                raise
            page.wait_for_load_state()


def still(page: Page) -> Page:
    """Stop the page's clock, before the page is opened: it goes by `page.clock.run_for` and `PlayerPage.run_to` alone."""
    begun = time.time()
    page.clock.install(time=begun)
    page.clock.pause_at(begun + 1)
    return page


def until(page: Page, condition: Callable[[], Any], *, what: str, seconds: float = AT_A_PAGE) -> None:
    """Wait for a condition outside the browser while the page, its routes and its events go on."""

    def looked() -> Any:
        page.wait_for_timeout(20)
        return condition()

    wait_until(looked, seconds=seconds, what=what)


def offline(context: BrowserContext) -> None:
    """Cut the browser off."""
    context.set_offline(True)


def online(context: BrowserContext) -> None:
    """Give the browser its network back."""
    context.set_offline(False)
