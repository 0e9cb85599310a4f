"""What was said against what happened, and the questions of a bank by difficulty and discrimination."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pages.charts.drawing import ACCENT, PAPER, WARN, Chart, Scale, Table, curve, frame, in_two_widths, line, number, scale, text

PROMISED = 0.03
"""How far what happens may lie from what was said."""
HALF_LABEL = 20.0
"""Room to the right of an axis for half of its last label, "100%"."""


@dataclass(frozen=True)
class Bin:
    """Predictions of about the same chance: the mean said, the share that happened with its interval, how many. All from 0 to 1."""

    said: float
    happened: float
    low: float
    high: float
    count: int

    @property
    def off(self) -> bool:
        """Whether what happened surely lies farther than promised from what was said."""
        return self.low > self.said + PROMISED or self.high < self.said - PROMISED


def reliability(bins: Sequence[Bin], *, name: str = "reliability") -> Chart:
    """Said against happened; on the diagonal what was said is what happened."""
    kept = sum(not part.off for part in bins)
    sentence = _("In %(kept)d of %(all)d groups what happened lies within %(points)d points of what was said, or may well do so.") % {
        "kept": kept,
        "all": len(bins),
        "points": round(100 * PROMISED),
    }
    rows = tuple((f"{part.said:.0%}", f"{part.happened:.0%}", f"{part.low:.0%} – {part.high:.0%}", str(part.count)) for part in bins)
    table = Table(_("What was said and what happened"), (_("Said"), _("Happened"), _("Interval"), _("Answers")), rows)

    def draw(width: float, suffix: str) -> SafeString:
        return _reliability(bins, width, f"{name}-{suffix}", sentence)

    return in_two_widths(draw, wide=560, narrow=300, sentence=sentence, table=table)


def _reliability(bins: Sequence[Bin], width: float, name: str, description: str) -> SafeString:
    height = min(width * 0.86, 400.0)
    left, right, top, base = 52.0, width - HALF_LABEL, 12.0, height - 44.0
    across, up = scale(0, 1, left, right), scale(0, 1, base, top)
    parts = _axes(across, up, left, right, base, (_("said"), _("happened")))
    parts.append(line(left, base, right, top, "c-pass"))
    for part in bins:
        x, off = across(part.said), part.off
        parts.append(_reach(x, up(part.low), up(part.high), odd=off))
        parts.append(_mark(x, up(part.happened), odd=off))
    return frame(width, height, parts, name=name, title=_("What was said and what happened"), description=description)


def _axes(across: Scale, up: Scale, left: float, right: float, base: float, names: tuple[str, str]) -> list[str]:
    parts = [line(left, base, right, base, "c-axis")]
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts += [line(left, up(share), right, up(share)), text(left - 8, up(share) + 4, f"{share:.0%}", kind="s", anchor="end")]
        parts.append(text(across(share), base + 18, f"{share:.0%}", kind="s"))
    parts.append(text((left + right) / 2, base + 38, names[0], kind=""))
    parts.append(text(left + 4, up(1) + 14, names[1], kind="", anchor="start"))
    return parts


@dataclass(frozen=True)
class Fifth:
    """A fifth of the learners, by ability: the share that was right with its interval, and the share predicted. All from 0 to 1."""

    observed: float
    low: float
    high: float
    predicted: float

    @property
    def off(self) -> bool:
        """Whether the interval leaves out what was predicted."""
        return not self.low <= self.predicted <= self.high


def ability_curve(fifths: Sequence[Fifth], *, name: str = "ability") -> Chart:
    """The share right by ability, the weakest fifth first: dots with their interval, and the line that was predicted."""
    kept = sum(not fifth.off for fifth in fifths)
    sentence = _("In %(kept)d of %(all)d fifths of the learners the share right agrees with the line that was predicted.") % {
        "kept": kept,
        "all": len(fifths),
    }
    rows = tuple(
        (str(place), f"{fifth.observed:.0%}", f"{fifth.low:.0%} – {fifth.high:.0%}", f"{fifth.predicted:.0%}")
        for place, fifth in enumerate(fifths, start=1)
    )
    table = Table(_("Share right by ability"), (_("Fifth"), _("Right"), _("Interval"), _("Predicted")), rows)

    def draw(width: float, suffix: str) -> SafeString:
        return _ability_curve(fifths, width, f"{name}-{suffix}", sentence)

    return in_two_widths(draw, wide=460, narrow=300, sentence=sentence, table=table)


def _ability_curve(fifths: Sequence[Fifth], width: float, name: str, description: str) -> SafeString:
    height = 220.0
    left, right, top, base = 52.0, width - HALF_LABEL, 12.0, height - 44.0
    across, up = scale(0.5, len(fifths) + 0.5, left, right), scale(0, 1, base, top)
    parts = [line(left, base, right, base, "c-axis")]
    for share in (0, 0.5, 1):
        parts += [line(left, up(share), right, up(share)), text(left - 8, up(share) + 4, f"{share:.0%}", kind="s", anchor="end")]
    parts.append(curve([(across(place), up(fifth.predicted)) for place, fifth in enumerate(fifths, start=1)], width="1.5"))
    for place, fifth in enumerate(fifths, start=1):
        x = across(place)
        parts.append(_reach(x, up(fifth.low), up(fifth.high), odd=fifth.off))
        parts.append(_mark(x, up(fifth.observed), odd=fifth.off))
        parts.append(text(x, base + 18, place, kind="s"))
    parts.append(text((left + right) / 2, base + 38, _("fifths, the weakest first")))
    return frame(width, height, parts, name=name, title=_("Share right by ability"), description=description)


def _reach(x: float, low: float, high: float, *, odd: bool) -> str:
    """An interval, upright."""
    return (
        f'<line class="c-rng{" lo" if odd else ""}" stroke="{WARN if odd else ACCENT}" stroke-opacity=".4" stroke-width="5" '
        f'stroke-linecap="round" x1="{number(x)}" y1="{number(low)}" x2="{number(x)}" y2="{number(high)}"/>'
    )


@dataclass(frozen=True)
class ItemPoint:
    """A question: share right (0 to 1), discrimination (-1 to 1), whether it carries a flag, and its name."""

    facility: float
    discrimination: float
    flagged: bool
    label: str


def item_scatter(items: Sequence[ItemPoint], *, name: str = "items") -> Chart:
    """Questions by difficulty and discrimination; flagged ones are squares."""
    flagged = sum(item.flagged for item in items)
    sentence = _(
        "%(flagged)d of %(all)d questions carry a flag (squares); those low on the figure do not tell strong from weak learners."
    ) % {
        "flagged": flagged,
        "all": len(items),
    }
    rows = tuple(
        (item.label, f"{item.facility:.0%}", f"{item.discrimination:.2f}", _("yes") if item.flagged else _("no")) for item in items
    )
    table = Table(_("Questions by difficulty and discrimination"), (_("Question"), _("Right"), _("Discrimination"), _("Flag")), rows)

    def draw(width: float, suffix: str) -> SafeString:
        return _scatter(items, width, f"{name}-{suffix}", sentence)

    return in_two_widths(draw, wide=600, narrow=320, sentence=sentence, table=table)


def _scatter(items: Sequence[ItemPoint], width: float, name: str, description: str) -> SafeString:
    height = 280.0
    left, right, top, base = 44.0, width - HALF_LABEL, 12.0, height - 44.0
    across, up = scale(0, 1, left, right), scale(-0.4, 0.8, base, top)
    parts = [line(left, base, right, base, "c-axis"), line(left, up(0), right, up(0), "c-pass")]
    parts += [text(across(share), base + 18, f"{share:.0%}", kind="s") for share in (0, 0.25, 0.5, 0.75, 1)]
    parts += [text(left - 8, up(level) + 4, f"{level:g}".replace("-", "\u2212"), kind="s", anchor="end") for level in (-0.4, 0, 0.4, 0.8)]
    parts.append(text((left + right) / 2, base + 38, _("share of right answers")))
    parts += [_mark(across(item.facility), up(item.discrimination), odd=item.flagged) for item in items]
    return frame(width, height, parts, name=name, title=_("Questions by difficulty and discrimination"), description=description)


def _mark(x: float, y: float, *, odd: bool) -> str:
    """A dot; what stands out is a square, so that the colour is not the only sign."""
    if not odd:
        return f'<circle class="c-pt" fill="{ACCENT}" stroke="{PAPER}" stroke-width="1.5" cx="{number(x)}" cy="{number(y)}" r="4.5"/>'
    return (
        f'<rect class="c-pt lo" fill="{PAPER}" stroke="{WARN}" stroke-width="2.5" x="{number(x - 4.5)}" y="{number(y - 4.5)}" '
        f'width="9" height="9"/>'
    )
