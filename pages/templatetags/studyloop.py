"""Tags of the templates: the page's frame, symbols, texts with their inline marks, figures in words."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lifecycle.public import inline_markdown
from pages.shell import Shell, shell_of
from pages.words import chance_in_ten, chance_in_twenty, duration

register = template.Library()


@register.simple_tag(takes_context=True)
def shell(context: dict[str, Any]) -> Shell:
    """The frame of the page, with the exam of the page where it has one."""
    return shell_of(context.get("request"), context.get("exam"))


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """A symbol of the sprite (templates/components/icon_sprite.html); decoration only: the words beside it carry the meaning."""
    return format_html('<svg class="ico{}" aria-hidden="true" focusable="false"><use href="#i-{}"/></svg>', f" {css}" if css else "", name)


@register.simple_tag
def meter(done: float, total: float, label: str, css: str = "") -> SafeString:
    """A bar of what is done; the words are its name."""
    share = 100 * min(max(done / total, 0), 1) if total else 0
    return format_html(
        '<svg class="meter{}" role="img" aria-label="{}" width="100%" height="8">'
        '<rect class="track" width="100%" height="8" rx="4" fill="#EEEEE8"/>'
        '<rect class="fill" width="{}%" height="8" rx="4" fill="#2B48C4"/></svg>',
        f" {css}" if css else "",
        label,
        f"{share:.1f}",
    )


@register.filter
def marked(text: str) -> SafeString:
    """Source text with **bold**, *emphasis* and `code` as safe HTML."""
    return inline_markdown(text)


@register.filter
def percent(share: float | None) -> str:
    """A share from 0 to 1 as a whole percentage, without the sign."""
    return "" if share is None else str(round(share * 100))


@register.filter
def points(share: float | None) -> str:
    """A share from 0 to 1 in points of a hundred, with one decimal."""
    return "" if share is None else f"{100 * share:.1f}"


@register.filter
def decimal(number: float | None) -> str:
    """A figure with two decimals and a real minus; none for what rounds to zero."""
    return "" if number is None else f"{round(number, 2) + 0.0:.2f}".replace("-", "−")


@register.filter
def in_words(seconds: float | None) -> str:
    """A duration in seconds as "1 h 45 min"."""
    return duration(seconds or 0)


@register.filter
def in_ten(chance: float | None) -> str:
    """A chance as "7 in 10", never 0 or 10."""
    return "" if chance is None else chance_in_ten(chance)


@register.filter
def in_twenty(chance: float | None) -> str:
    """A chance as "14 in 20", never 0 or 20."""
    return "" if chance is None else chance_in_twenty(chance)


@register.filter
def minutes(count: int) -> str:
    """Minutes with their unit."""
    return ngettext("%(n)s min", "%(n)s min", count) % {"n": count}


@register.filter
def signed(number: float) -> str:
    """A change with its sign; a real minus."""
    if not number:
        return _("same")
    return f"+{number:g}" if number > 0 else f"−{abs(number):g}"


@register.filter
def field_kind(bound_field: Any) -> str:
    """How a form's field is laid out: choice (one box), choices (several), or text."""
    widget = bound_field.field.widget
    kind = getattr(widget, "input_type", "")
    if kind in {"checkbox", "radio"} and hasattr(widget, "choices"):
        return "choices"
    return "choice" if kind == "checkbox" else "text"


@register.filter
def described(bound_field: Any) -> SafeString:
    """The field's widget with its hint and its error tied to it."""
    ids = [f"{bound_field.auto_id}-hint"] if bound_field.help_text else []
    if bound_field.errors:
        ids.insert(0, f"{bound_field.auto_id}-error")
    return bound_field.as_widget(attrs=_described_by(ids, bound_field))


@register.filter
def undescribed(bound_field: Any) -> SafeString:
    """The field's widget with its error tied to it, and no hint."""
    return bound_field.as_widget(attrs=_described_by([f"{bound_field.auto_id}-error"] if bound_field.errors else [], bound_field))


def _described_by(ids: list[str], bound_field: Any) -> dict[str, Any]:
    # The label says what belongs into a field; a placeholder would say it twice and vanish while typing.
    attrs: dict[str, Any] = {"placeholder": False, "aria-describedby": " ".join(ids) or False}
    if bound_field.errors:
        attrs["aria-invalid"] = "true"
    return attrs


@register.filter
def get(mapping: dict[Any, Any], key: Any) -> Any:
    """A value of a mapping by a key that a template holds."""
    return mapping.get(key)


@register.filter
def problems(form: Any) -> list[dict[str, str]]:
    """The errors of a form for the summary at its top, each with the id of its field."""
    found = [{"id": "", "message": str(message)} for message in form.non_field_errors()]
    for field in form:
        found += [{"id": field.id_for_label or field.auto_id, "message": str(message)} for message in field.errors]
    return found


@register.filter
def words(names: str) -> list[str]:
    """The words of a text, for a loop."""
    return names.split()


@register.filter
def field(form: Any, name: str) -> Any:
    """A field of a form by its name."""
    return form[name]


@register.filter
def public_host(address: str) -> str:
    """Where a link leads, for people: the host without its "www."."""
    return (urlsplit(address).hostname or address).removeprefix("www.")
