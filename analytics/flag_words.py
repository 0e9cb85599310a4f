"""Flags in words that an author understands: what was seen, what it may mean, what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.public import LANGUAGE_NAMES
from analytics.domain.groups import LANGUAGE, TEAM
from analytics.statistics.flags import Flag, Severity

NAMES = {
    Flag.KEY_SUSPECT: gettext_lazy("The key may be wrong"),
    Flag.NEGATIVE: gettext_lazy("The able are wrong more often"),
    Flag.NOT_DISCRIMINATING: gettext_lazy("Does not tell strong from weak"),
    Flag.TOO_EASY: gettext_lazy("Easier than its label"),
    Flag.TOO_HARD: gettext_lazy("Harder than its label"),
    Flag.DEAD_DISTRACTOR: gettext_lazy("An option does no work"),
    Flag.ATTRACTS_ABLE: gettext_lazy("A wrong option draws the able"),
    Flag.MISFIT: gettext_lazy("Answers changed"),
    Flag.SPEED: gettext_lazy("Unclear or too long"),
    Flag.EXPOSURE: gettext_lazy("Met too often or too seldom"),
    Flag.DIFFERENTIAL: gettext_lazy("Differs between groups"),
}
SEVERITIES = {
    Severity.BLOCK: gettext_lazy("Out of exams"),
    Severity.ALARM: gettext_lazy("Look at it"),
    Severity.ADVICE: gettext_lazy("Advice"),
}


@dataclass(frozen=True, slots=True)
class Words:
    """A flag for its author."""

    name: Any
    severity: Any
    seen: str
    advice: str


def describe(flag: Any, name_of: Callable[[str], str] = str) -> Words:
    """The words of a flag's row. `name_of` turns the key of an option into what it says, and a group's name into the team's."""
    kind = Flag(flag.flag)
    seen, advice = _SENTENCES[kind](flag, name_of)
    return Words(NAMES[kind], SEVERITIES[Severity(flag.severity)], seen, advice)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{round(100 * value)}%"


def _figure(value: float | None, places: int) -> str:
    """With a real minus, and none for what rounds to zero."""
    return "–" if value is None else f"{round(value, places) + 0.0:.{places}f}".replace("-", "\u2212")


def _correlation(flag: Any) -> dict[str, str]:
    return {"r": _figure(flag.value, 2), "low": _figure(flag.low, 2), "high": _figure(flag.high, 2)}


def _key_suspect(flag: Any, option_text: Callable[[str], str]) -> tuple[str, str]:
    return (
        _("Stronger learners choose “%(option)s” rather than the marked answer.") % {"option": option_text(flag.subject)},
        _("Check the key against the source first. Until you have looked, the question is kept out of exams."),
    )


def _negative(flag: Any, _option: Callable[[str], str]) -> tuple[str, str]:
    return (
        _("Correlation with ability %(r)s (%(low)s to %(high)s): it is surely below 0.") % _correlation(flag),
        _("Usually the key is wrong, or the stem says the opposite of what is meant."),
    )


def _not_discriminating(flag: Any, _option: Callable[[str], str]) -> tuple[str, str]:
    return (
        _("Correlation with ability %(r)s (%(low)s to %(high)s): it is surely below 0.20.") % _correlation(flag),
        _("Look for two right answers, a hint that gives it away, or something nobody can know."),
    )


def _facility(flag: Any) -> dict[str, str]:
    return {"share": _share(flag.value), "low": _share(flag.low), "high": _share(flag.high), "n": str(flag.answers)}


def _too_easy(flag: Any, _option: Callable[[str], str]) -> tuple[str, str]:
    return (
        _("%(share)s of %(n)s learners were right the first time (%(low)s to %(high)s).") % _facility(flag),
        _("Nearly everyone is right, or it is easier than its label says. Change the label, or make a distractor more tempting."),
    )


def _too_hard(flag: Any, _option: Callable[[str], str]) -> tuple[str, str]:
    return (
        _("%(share)s of %(n)s learners were right the first time (%(low)s to %(high)s).") % _facility(flag),
        _("It is harder than its label says. Change the label, or see whether the lesson teaches what it asks."),
    )


def _dead(flag: Any, option_text: Callable[[str], str]) -> tuple[str, str]:
    return (
        _("“%(option)s” was chosen by %(share)s (at most %(high)s).")
        % {"option": option_text(flag.subject), "share": _share(flag.value), "high": _share(flag.high)},
        _("When you edit the question anyway, replace the option by a mistake that people make."),
    )


def _attracts(flag: Any, option_text: Callable[[str], str]) -> tuple[str, str]:
    return (
        _("Those who choose “%(option)s” are abler than the others: correlation %(r)s (%(low)s to %(high)s).")
        % ({"option": option_text(flag.subject)} | _correlation(flag)),
        _("It may be right as well, or right in a case that the stem does not exclude."),
    )


def _misfit(flag: Any, _option: Callable[[str], str]) -> tuple[str, str]:
    if flag.subject == "easier":
        return (
            _("The last answers are right more often than predicted (z %(z)s).") % {"z": _figure(flag.value, 1)},
            _("The question may be known in advance, or a lesson may now give it away."),
        )
    return (
        _("The last answers are wrong more often than predicted (z %(z)s).") % {"z": _figure(flag.value, 1)},
        _("Something changed: the service it asks about, a lesson, or who takes it. Check its source."),
    )


def _speed(flag: Any, _option: Callable[[str], str]) -> tuple[str, str]:
    if flag.subject == "rapid":
        return (
            _("%(share)s of answers come too fast to have read it (%(low)s to %(high)s).") % _facility(flag),
            _("Learners skip it: shorten the stem, or say sooner what is asked."),
        )
    return (
        _("It takes far longer than its length explains (%(mads)s times the usual spread).") % {"mads": f"{flag.value:.1f}"},
        _("Look for a double negative, a missing fact, or options that differ in one word."),
    )


def _exposure(flag: Any, _option: Callable[[str], str]) -> tuple[str, str]:
    if flag.subject == "unseen":
        return (
            _("Nobody has met it for %(days)s days.") % {"days": f"{flag.value:.0f}"},
            _("See whether its task and stages are set so that it can be drawn, or retire it."),
        )
    seen = _("Learners met it %(ratio)s times as often as their fair share in its task.") % {"ratio": f"{flag.value:.1f}"}
    if flag.subject == "over":
        return seen, _("Write siblings for its task, so that it is not learnt by heart.")
    return seen, _("See whether its task and stages are set so that it can be drawn.")


def _differential(flag: Any, name: Callable[[str], str]) -> tuple[str, str]:
    figures = {"delta": _figure(flag.value, 1), "low": _figure(flag.low, 1), "high": _figure(flag.high, 1)}
    kind, _colon, what = flag.subject.partition(":")
    if kind == LANGUAGE:
        figures["group"] = LANGUAGE_NAMES.get(what, what)
        harder = _("At equal ability it is harder for those whose best language is %(group)s: delta %(delta)s (%(low)s to %(high)s).")
        easier = _("At equal ability it is easier for those whose best language is %(group)s: delta %(delta)s (%(low)s to %(high)s).")
        advice = _("Look for an idiom, a rare word or a double negative, or for a word that two languages share in different senses.")
    elif kind == TEAM:
        figures["group"] = name(flag.subject)
        harder = _("At equal ability it is harder for the team %(group)s: delta %(delta)s (%(low)s to %(high)s).")
        easier = _("At equal ability it is easier for the team %(group)s: delta %(delta)s (%(low)s to %(high)s).")
        advice = _("The team may use other words or another service for it, or may have learnt this question by heart.")
    else:
        harder = _("At equal ability it is harder in exams than in study: delta %(delta)s (%(low)s to %(high)s).")
        easier = _("At equal ability it is easier in exams than in study: delta %(delta)s (%(low)s to %(high)s).")
        advice = _("In study the lesson may stand beside it; in exams time is short. See which of them explains it.")
    return (harder if flag.value < 0 else easier) % figures, advice


_SENTENCES: dict[Flag, Callable[[Any, Callable[[str], str]], tuple[str, str]]] = {
    Flag.KEY_SUSPECT: _key_suspect,
    Flag.NEGATIVE: _negative,
    Flag.NOT_DISCRIMINATING: _not_discriminating,
    Flag.TOO_EASY: _too_easy,
    Flag.TOO_HARD: _too_hard,
    Flag.DEAD_DISTRACTOR: _dead,
    Flag.ATTRACTS_ABLE: _attracts,
    Flag.MISFIT: _misfit,
    Flag.SPEED: _speed,
    Flag.EXPOSURE: _exposure,
    Flag.DIFFERENTIAL: _differential,
}
