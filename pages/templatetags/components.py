"""Small pieces of pages: icons, rich inline text, numbers in words."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from lifecycle.public import inline_markdown

register = template.Library()

ICONS = {
    "play": '<path d="M7 4.5v15l12-7.5z"/>',
    "repeat": '<path d="M4 9a7 7 0 0 1 12-3l3 3M19 4v5h-5M20 15a7 7 0 0 1-12 3l-3-3M5 20v-5h5"/>',
    "target": '<circle cx="12" cy="12" r="8.5"/><circle cx="12" cy="12" r="4"/><circle cx="12" cy="12" r=".6"/>',
    "book": '<path d="M4 5.5A2.5 2.5 0 0 1 6.5 3H20v15H6.5A2.5 2.5 0 0 0 4 20.5zM4 20.5a2.5 2.5 0 0 0 2.5.5H20v-3"/>',
    "flag": '<path d="M5 21V4M5 4h11l-1.5 4L16 12H5"/>',
    "clock": '<circle cx="12" cy="12" r="8.5"/><path d="M12 7v5l3.5 2"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
    "x": '<path d="M6 6l12 12M18 6 6 18"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>',
    "home": '<path d="M4 11 12 4l8 7v9h-5.5v-6h-5v6H4z"/>',
    "gauge": '<path d="M4 17a8.5 8.5 0 1 1 16 0M12 14l4-4.5"/>',
    "user": '<circle cx="12" cy="8" r="3.8"/><path d="M4.5 20.5c.8-4 3.7-6 7.5-6s6.7 2 7.5 6"/>',
    "download": '<path d="M12 4v11M7 10.5l5 5 5-5M5 20h14"/>',
    "mail": '<rect x="3.5" y="5.5" width="17" height="13" rx="1.5"/><path d="m4 7 8 6 8-6"/>',
    "print": '<path d="M7 8V4h10v4M7 17H4V9.5h16V17h-3M7 14h10v6H7z"/>',
    "help": '<circle cx="12" cy="12" r="8.5"/><path d="M9.5 9.5a2.5 2.5 0 1 1 3.7 2.2c-.8.4-1.2 1-1.2 1.8v.3M12 17v.1"/>',
    "warn": '<path d="M12 4 2.8 19.5h18.4zM12 10v4.5M12 17v.1"/>',
    "up": '<path d="M12 19V6M6 11.5 12 5.5l6 6"/>',
    "down": '<path d="M12 5v13M6 12.5l6 6 6-6"/>',
    "previous": '<path d="M14.5 5.5 8 12l6.5 6.5"/>',
    "next": '<path d="M9.5 5.5 16 12l-6.5 6.5"/>',
    "grid": (
        '<rect x="4" y="4" width="6" height="6" rx="1"/><rect x="14" y="4" width="6" height="6" rx="1"/>'
        '<rect x="4" y="14" width="6" height="6" rx="1"/><rect x="14" y="14" width="6" height="6" rx="1"/>'
    ),
    "strike": '<path d="M4 12h16M7 8.5C7 6.5 9 5 12 5c2.5 0 4.3 1 4.8 2.6M17 15.5c0 2-2 3.5-5 3.5-2.8 0-4.7-1.2-5-3"/>',
}


@register.simple_tag
def icon(name: str, extra: str = "") -> SafeString:
    """An icon of 24 units, hidden from screen readers: the words beside it carry the meaning."""
    return mark_safe(  # noqa: S308 - constants of this module
        f'<svg class="ico {extra}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{ICONS[name]}</svg>'
    )


@register.filter
def rich(text: str) -> SafeString:
    """Source text with bold, emphasis and code as safe HTML."""
    return inline_markdown(text)


@register.filter
def percent(share: float | None) -> str:
    """A share from 0 to 1 as a whole percentage, without the sign."""
    return "" if share is None else str(round(share * 100))


@register.filter
def in_twenty(chance: float | None) -> str:
    """A chance in twentieths; never none and never all."""
    if chance is None:
        return ""
    count = round(chance * 20)
    if count < 1:
        return _("under 1 in 20")
    if count > 19:
        return _("over 19 in 20")
    return _("%(count)d in 20") % {"count": count}


@register.filter
def duration(seconds: int | None) -> str:
    """Seconds in the largest units that matter."""
    minutes = round((seconds or 0) / 60)
    if minutes < 60:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("%(hours)d h %(minutes)02d") % {"hours": minutes // 60, "minutes": minutes % 60}


@register.simple_tag
def meter(done: int, total: int, label: str) -> SafeString:
    """A bar of what is done; the words are its name."""
    return format_html('<progress class="meter" value="{}" max="{}" aria-label="{}"></progress>', done, max(total, 1), label)
