"""A question as a learner will meet it, from a text that is not stored: as it is asked, and as it is explained after an answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from accounts.public import draft_of, keep_draft, read_db_now
from lifecycle.public import Lesson
from quizzes.catalogue import OptionText as CataloguedOption
from quizzes.catalogue import VersionText
from quizzes.domain.question_text import MATCHING, ORDERING, OptionText, QuestionText
from quizzes.domain.results import explain
from quizzes.models import Scenario
from quizzes.scoring import Answer, Credit, check_answer, score_answer

KIND = "question"
LETTERS = "abcdefghij"
SEED = 7
"""Options are shuffled as in any sitting, but alike each time the author looks."""


@dataclass(frozen=True)
class Previewed:
    """A text with its key, and where its explanation leads."""

    text: VersionText
    correct: Answer
    lesson: dict[str, str]

    def payload(self) -> dict[str, Any]:
        """What GET /attempts/{id}/ would answer for a sitting of this one question, as far as the player's parts need it."""
        return {"questions": [self.text.ask(1, SEED)], "responses": []}

    def feedback(self, answer: Answer) -> dict[str, Any]:
        """What a check of this answer would say, in the shape of the API's. Raises BadAnswer for one that does not fit."""
        answer = check_answer(answer, self.text.shape)
        credit = score_answer(self.text.kind, self.correct, answer) if self.correct else Credit(0.0, 0, 1)
        options = explain(text=self.text, seed=SEED, answer=answer, correct=self.correct)
        return {
            "position": 1,
            "right": credit.right,
            "credit": credit.credit,
            "parts_right": credit.parts_right,
            "parts": credit.parts,
            "answer": answer,
            "correct": self.correct,
            "options": [asdict(option) for option in options],
            "rule": self.text.rule,
            "lesson": self.lesson,
            "source": {"title": self.text.source_title, "url": self.text.source_url, "checked": self.text.checked},
            "returns_at": None,  # an author's look makes no card
            "report_url": "",  # nor is there anybody to tell of a problem
        }


def keep_question_draft(*, author: Any, text: QuestionText, lesson_id: int | None, anchor: str, scenario_id: int | None) -> str:
    """Keep a question's text for its author's preview; returns the name to find it by."""
    content = asdict(text) | {"checked": text.checked.isoformat() if text.checked else ""}
    return keep_draft(author=author, kind=KIND, content={"text": content, "lesson": lesson_id, "anchor": anchor, "scenario": scenario_id})


def previewed_question(*, author: Any, name: str) -> Previewed:
    """The draft of a name as a learner will meet it. Raises DraftGone."""
    content = draft_of(author=author, kind=KIND, name=name)
    stored = content["text"]
    text = QuestionText(
        **stored
        | {
            "options": tuple(OptionText(**option) for option in stored["options"]),
            "checked": date.fromisoformat(stored["checked"]) if stored["checked"] else None,
        }
    )
    scenario = Scenario.objects.filter(pk=content["scenario"]).first() if content["scenario"] else None
    return preview(text, scenario=scenario, lesson=_lesson(content["lesson"], content["anchor"]))


def preview(text: QuestionText, *, scenario: Scenario | None, lesson: dict[str, str]) -> Previewed:
    """A text with letters dealt in the order written; an unfinished one is shown as far as it goes."""
    text = text.with_counted_choose()
    prompts = iter(range(1, len(text.options) + 1))
    options = tuple(
        CataloguedOption(
            key=letter,
            text=option.text,
            prompt=option.prompt,
            prompt_key=f"p{next(prompts)}" if option.prompt else "",
            rationale=option.rationale,
            misconception=option.misconception,
        )
        for letter, option in zip(LETTERS, text.options, strict=False)
    )
    version = VersionText(
        id=0,
        question_id=0,
        kind=text.kind,
        language=text.language,
        stem=text.stem,
        choose=max(1, text.choose),
        rule=text.rule,
        source_title=text.source_title or _("(no source yet)"),
        source_url=text.source_url or "#",
        checked=text.checked or read_db_now().date(),
        scenario=(scenario.slug, scenario.title, scenario.text) if scenario else None,
        options=options,
    )
    return Previewed(version, _key(text, options), lesson)


def _key(text: QuestionText, options: tuple[CataloguedOption, ...]) -> Answer:
    pairs = list(zip(options, text.options, strict=False))
    if text.kind == ORDERING:
        return [shown.key for shown, option in sorted(pairs, key=lambda pair: pair[1].position or 0) if option.position is not None]
    if text.kind == MATCHING:
        return {shown.prompt_key: shown.key for shown, _option in pairs if shown.prompt_key}
    return [shown.key for shown, option in pairs if option.correct]


def _lesson(lesson_id: int | None, anchor: str) -> dict[str, str]:
    lesson = Lesson.objects.select_related("exam").filter(pk=lesson_id).first() if lesson_id else None
    if lesson is None:
        return {"slug": "", "title": _("(no lesson yet)"), "url": "#"}
    mark = f"#{anchor}" if anchor else ""
    return {"slug": lesson.slug, "title": lesson.title, "url": f"/{lesson.exam.slug}/lessons/{lesson.slug}/{mark}"}
