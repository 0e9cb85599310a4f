"""A result as its page shows it: the verdict in a sentence, domains with counts, and every question judged in words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.public import read_db_now
from analytics.public import RapidAnswers, Readiness, rapid_answers, readiness_of, share_per_option
from lifecycle.public import Blueprint, current_blueprint, inline_markdown
from quizzes.public import Attempt, ExplainedOption, ExplainedQuestion, ProblemReport, Result, domain_scores

LETTERS = "ABCDEFGHIJ"
SLOW_SECONDS = 120
SMALL_MARGIN = 50
LOW_SHARE = 0.7
HALF = 0.5

FILTERS = {
    "wrong": gettext_lazy("Wrong"),
    "flagged": gettext_lazy("Flagged"),
    "changed": gettext_lazy("Changed answer"),
    "slow": gettext_lazy("Slow, over 2 min"),
    "right": gettext_lazy("Right"),
    "all": gettext_lazy("All"),
}


@dataclass(frozen=True)
class ShownOption:
    """An option with its verdict. `look`: right, badpick or plain; `lead`: its letter or prompt."""

    look: str
    lead: str
    text: str
    verdict: str
    rationale: str


@dataclass(frozen=True)
class ShownQuestion:
    """A question of the list; `opened`: its reasons are shown at once."""

    question: ExplainedQuestion
    opening: str
    paragraphs: tuple[str, ...]
    options: tuple[ShownOption, ...]
    domain: str
    verdict: str
    returns: str
    lesson_url: str
    opened: bool
    report: ProblemReport | None


@dataclass(frozen=True)
class ShownDomain:
    """A domain's right answers; `bar` and `low` draw its bar, `change` is the difference to the exam before (None: no comparison)."""

    title: str
    right: str
    of: int
    percent: int
    low: bool
    change: str | None


@dataclass(frozen=True)
class Scale:
    """Where a score stands on the exam's scale, as places on a line from 4 to 316; the range is the interval, empty without one."""

    start: int
    end: int
    pass_mark: int
    score_x: str
    pass_x: str
    range_x: str
    range_width: str


@dataclass(frozen=True)
class Choice:
    """A filter of the list."""

    value: str
    label: Any
    count: int
    current: bool


@dataclass(frozen=True)
class ShownResult:
    """All that the result page says."""

    headline: str
    score: str
    summary: str
    interval: str
    scale: Scale | None
    seconds_used: int
    domains: tuple[ShownDomain, ...]
    compared_with: str
    minutes_used: int
    hint: str
    choices: tuple[Choice, ...]
    questions: tuple[ShownQuestion, ...]
    wrong: int
    revised: bool
    rapid: str


def shown_result(result: Result, *, viewer: Any, show: str = "") -> ShownResult:
    """The page's view of a result. `show` is one of FILTERS; without it, wrong answers come first, or all when none is wrong."""
    blueprint = current_blueprint(result.attempt.exam)
    counts = {name: sum(belongs(question, name) for question in result.questions) for name in FILTERS}
    show = show or ("wrong" if counts["wrong"] else "all")
    readiness = readiness_of(viewer, result.attempt.exam) if result.scaled is not None else None
    readiness = readiness if readiness and readiness.shown else None
    before = exam_before(result.attempt) if result.scaled is not None else None
    return ShownResult(
        headline=headline(result, blueprint),
        score=str(result.scaled) if result.scaled is not None else _("%(right)s of %(of)s") % parts_right(result),
        summary=summary(result, blueprint),
        interval=interval_in_words(readiness, blueprint) if readiness else "",
        scale=scale_of(result.scaled, readiness, blueprint) if result.scaled is not None else None,
        seconds_used=sum(question.seconds for question in result.questions),
        domains=domains_of(result, before),
        compared_with=before.title if before else "",
        minutes_used=minutes_used(result),
        hint=slow_hint(result),
        choices=tuple(Choice(name, label, counts[name], name == show) for name, label in FILTERS.items() if counts[name] or name == show),
        questions=questions_of(result, show, reported_by(viewer, result)),
        wrong=counts["wrong"],
        revised=result.revision > 1,
        rapid=rapid_words(rapid_answers(result.attempt.pk)),
    )


def rapid_words(found: RapidAnswers) -> str:
    """What a learner is told of answers that came too fast to have read the question; empty where they were few."""
    if not found.told:
        return ""
    counted = ngettext(
        "%(rapid)d of %(answered)d answers came too fast to have read the question.",
        "%(rapid)d of %(answered)d answers came too fast to have read the questions.",
        found.rapid,
    ) % {"rapid": found.rapid, "answered": found.answered}
    return counted + " " + _("They stay in this score. Your readiness leaves them out: it neither falls nor rises by a guess.")


def minutes_used(result: Result) -> int:
    """Minutes spent on the questions, as begun; never more than were allowed."""
    minutes = math.ceil(sum(question.seconds for question in result.questions) / 60)
    return min(minutes, result.attempt.minutes or minutes)


def belongs(question: ExplainedQuestion, name: str) -> bool:
    """Whether a question stands in the list of this filter."""
    return {
        "wrong": not question.right,
        "flagged": question.flagged,
        "changed": question.changes > 0,
        "slow": question.seconds > SLOW_SECONDS,
        "right": question.right,
        "all": True,
    }[name]


def parts_right(result: Result) -> dict[str, str]:
    """Right answers and questions in all; unscored pilots count here as the learner met them."""
    right = sum(question.credit if question.scored else float(question.right) for question in result.questions)
    return {"right": f"{right:g}", "of": str(len(result.questions))}


def headline(result: Result, blueprint: Blueprint) -> str:
    """The result in a sentence."""
    if result.scaled is None:
        return headline_of_drill(result)
    margin = result.scaled - blueprint.pass_mark
    if margin >= 0:
        return _("A pass, by a small margin") if margin < SMALL_MARGIN else _("A clear pass")
    return _("Just short of a pass") if -margin <= SMALL_MARGIN else _("Not a pass yet")


def headline_of_drill(result: Result) -> str:
    """The result in a few words where there is no pass mark."""
    right = sum(question.right for question in result.questions)
    share = right / len(result.questions)
    if share == 1:
        return _("Everything right")
    if share >= LOW_SHARE:
        return _("Mostly right")
    if share >= HALF:
        return _("Partly right")
    return _("More wrong than right") if right else _("Nothing right yet")


def summary(result: Result, blueprint: Blueprint) -> str:
    """What stands below the score."""
    if result.scaled is None:
        return _("correct answers")
    right = _("%(right)s of %(of)s correct.") % parts_right(result)
    return _("Pass mark %(mark)d.") % {"mark": blueprint.pass_mark} + " " + right


def interval_in_words(readiness: Readiness, blueprint: Blueprint) -> str:
    """How far one sitting can be trusted, from all answers so far."""
    said = _("Going by all your answers so far, your level is most likely between %(low)d and %(high)d") % {
        "low": readiness.low,
        "high": readiness.high,
    }
    if readiness.low >= blueprint.pass_mark:
        return said + _(", all of it a pass.")
    if readiness.high < blueprint.pass_mark:
        return said + _(", which is not yet a pass.")
    return said + _(", so this is not a safe pass yet.")


def scale_of(score: int, readiness: Readiness | None, blueprint: Blueprint) -> Scale:
    """The line in whole hundreds around what is drawn on it. Places are texts: an SVG wants points, whatever the page's language."""
    marks = [score, blueprint.pass_mark, *((readiness.low, readiness.high) if readiness else ())]
    start = max(blueprint.scale_min, (min(marks) - 50) // 100 * 100)
    end = min(blueprint.scale_max, -(-(max(marks) + 50) // 100) * 100)

    def place(mark: float) -> float:
        return 4 + 312 * (mark - start) / (end - start)

    return Scale(
        start=start,
        end=end,
        pass_mark=blueprint.pass_mark,
        score_x=f"{place(score):.1f}",
        pass_x=f"{place(blueprint.pass_mark):.1f}",
        range_x=f"{place(readiness.low):.1f}" if readiness else "",
        range_width=f"{place(readiness.high) - place(readiness.low):.1f}" if readiness else "",
    )


# ── Domains, and the exam before ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Before:
    """The exam of the same kind before this one: its title, and (right, of) by domain number."""

    title: str
    domains: dict[int, tuple[float, int]]


def exam_before(attempt: Attempt) -> Before | None:
    """The last graded exam of the same kind that was begun before; four statements, and no question is read."""
    before = Attempt.objects.filter(
        user=attempt.user_id,
        exam=attempt.exam_id,
        mode=attempt.mode,
        state=Attempt.State.GRADED,
        started_at__lt=attempt.started_at,
    ).order_by("-started_at")
    found = before.values_list("pk", "title").first()
    if found is None or attempt.user_id is None:
        return None
    scores = domain_scores([found[0]])[found[0]]
    return Before(found[1], {domain.number: (domain.right, domain.of) for domain in scores})


def domains_of(result: Result, before: Before | None) -> tuple[ShownDomain, ...]:
    """Right answers by domain, with the change where both exams asked equally many questions."""
    return tuple(
        ShownDomain(
            title=domain.title,
            right=f"{domain.right:g}",
            of=domain.of,
            percent=round(100 * domain.right / domain.of),
            low=domain.right / domain.of < LOW_SHARE,
            change=change_of(domain.right, domain.of, before.domains.get(domain.number)) if before else None,
        )
        for domain in result.domains
    )


def change_of(right: float, of: int, before: tuple[float, int] | None) -> str:
    """The difference in right answers with its sign; empty where the two cannot be compared."""
    if before is None or before[1] != of:
        return ""
    return f"{right - before[0]:+g}" if right != before[0] else "0"


def slow_hint(result: Result) -> str:
    """A word on the domain whose wrong answers took far longer than usual; empty when there is none."""
    average = sum(question.seconds for question in result.questions) / max(1, len(result.questions))
    for domain in result.domains:
        asked = [question for question in result.questions if question.domain == domain.number]
        wrong = [question.seconds for question in asked if question.answered and not question.right]
        if len(wrong) >= 3 and average and sum(wrong) / len(wrong) >= 2 * average:
            seconds = round(sum(wrong) / len(wrong))
            said = _(
                "You spent %(minutes)d min %(seconds)02d on each wrong question of %(domain)s, twice your average:"
                " go back to the lesson before you drill."
            )
            return said % {
                "minutes": seconds // 60,
                "seconds": seconds % 60,
                "domain": domain.title,
            }
    return ""


# ── Questions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def reported_by(viewer: Any, result: Result) -> dict[int, ProblemReport]:
    """What this person reported of the sitting's questions, by version; the newest where there are several."""
    if not viewer.is_authenticated:
        return {}
    versions = [question.version_id for question in result.questions]
    reports = ProblemReport.objects.visible_to(viewer).filter(version_id__in=versions).order_by("created_at")
    return {report.version_id: report for report in reports}


def questions_of(result: Result, show: str, reports: Mapping[int, ProblemReport]) -> tuple[ShownQuestion, ...]:
    """The questions of a filter in their order; the first wrong one is open, or else the first."""
    listed = [question for question in result.questions if belongs(question, show)]
    opened = next((question.position for question in listed if not question.right), listed[0].position if listed else 0)
    shares = share_per_option([question.version_id for question in listed])
    titles = {domain.number: domain.title for domain in result.domains}
    now = read_db_now()
    return tuple(
        ShownQuestion(
            question=question,
            opening=plain_words(question.stem),
            paragraphs=tuple(question.stem.strip().split("\n\n")),
            options=tuple(options_of(question, shares.get(question.version_id, {}))),
            domain=titles.get(question.domain, ""),
            verdict=verdict_of(question),
            returns=returns_in_words(question.returns_at, now),
            lesson_url=lesson_url(result.attempt.exam.slug, question),
            opened=question.position == opened,
            report=reports.get(question.version_id),
        )
        for question in listed
    )


def lesson_url(exam_slug: str, question: ExplainedQuestion) -> str:
    """The section of the lesson that teaches what was asked."""
    url = reverse("lesson", kwargs={"exam": exam_slug, "slug": question.lesson.slug})
    return f"{url}#{question.lesson.anchor}" if question.lesson.anchor else url


def plain_words(stem: str) -> str:
    """A text without its inline marks, for a line that is cut where the page ends."""
    return strip_tags(inline_markdown(stem))


def verdict_of(question: ExplainedQuestion) -> str:
    """Right or wrong, and how many parts of several."""
    if question.voided:
        return _("Withdrawn: everybody gets the mark")
    if question.right:
        return _("Right")
    if not question.answered:
        return _("Not answered")
    if question.parts > 1:
        return _("Wrong, %(right)d of %(parts)d right") % {"right": question.parts_right, "parts": question.parts}
    return _("Wrong")


def returns_in_words(returns_at: datetime | None, now: datetime) -> str:
    """When a question comes back for review; empty when it does not."""
    if returns_at is None:
        return ""
    days = (timezone.localdate(returns_at) - timezone.localdate(now)).days
    if days <= 0:
        return _("You will see a question like this again today.")
    if days == 1:
        return _("You will see a question like this again tomorrow.")
    return ngettext(
        "You will see a question like this again in %(days)d day.", "You will see a question like this again in %(days)d days.", days
    ) % {"days": days}


def options_of(question: ExplainedQuestion, shares: dict[str, float]) -> Iterable[ShownOption]:
    """Every option judged in words, in the order of the attempt."""
    for place, option in enumerate(question.options):
        match question.kind:
            case "ordering":
                look, verdict, lead = *judge_step(option), ""
            case "matching":
                look, verdict, lead = *judge_pair(option), f"{option.prompt_text} →" if option.prompt else ""
            case _:
                look, verdict, lead = *judge_choice(option, shares.get(option.key)), f"{LETTERS[place]}."
        yield ShownOption(look=look, lead=lead, text=option.text, verdict=verdict, rationale=option.rationale)


def judge_choice(option: ExplainedOption, share: float | None) -> tuple[str, str]:
    """Look and words of an option to choose. `share`: of learners who chose it the first time, None while too few did."""
    others = None if share is None else round(100 * share)
    if option.chosen and not option.correct:
        if others is None:
            return "badpick", _("Wrong. You chose it.")
        return "badpick", _("Wrong. You chose it, as %(share)d%% of learners do.") % {"share": others}
    if option.correct:
        missed = _("Right. You struck it out.") if option.struck else _("Right. You missed it.")
        look, said = "right", _("Right. You chose it.") if option.chosen else missed
    else:
        look, said = "plain", _("Wrong option. You struck it out.") if option.struck else _("Wrong option.")
    return look, said if others is None else said + " " + _("%(share)d%% of learners choose it.") % {"share": others}


def judge_step(option: ExplainedOption) -> tuple[str, str]:
    """Look and words of a step to put in order."""
    places = {"place": option.place, "given": option.given_place}
    if option.place == option.given_place:
        if option.place is None:
            return "plain", _("Does not belong here. You left it out.")
        return "right", _("Position %(place)d. You put it there.") % places
    if option.place is None:
        return "badpick", _("Does not belong here. You put it at %(given)d.") % places
    if option.given_place is None:
        return "badpick", _("Belongs at position %(place)d. You left it out.") % places
    return "badpick", _("Belongs at position %(place)d. You put it at %(given)d.") % places


def judge_pair(option: ExplainedOption) -> tuple[str, str]:
    """Look and words of a pair to match, or of a spare answer."""
    if option.prompt is None:
        return ("badpick", _("Matches nothing here. You used it.")) if option.chosen else ("plain", _("Matches nothing here."))
    if option.correct:
        return "right", _("Right. You matched it.")
    if not option.chosen:
        return "badpick", _("You left it open.")
    return "badpick", _("Wrong. You matched it with: %(name)s") % {"name": option.given_text}
