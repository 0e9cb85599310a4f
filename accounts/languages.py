"""Languages that a person may know best, by their two- or three-letter code, each in its own words."""

from __future__ import annotations

from django.conf.locale import LANG_INFO
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

NAMES: dict[str, str] = dict(
    sorted(
        ((code, info["name_local"]) for code, info in LANG_INFO.items() if "name_local" in info and "-" not in code),
        key=lambda pair: pair[1].casefold(),
    )
)


def validate_language(code: str) -> None:
    """Raises ValidationError for a code that names none of them."""
    if code not in NAMES:
        raise ValidationError(_("Choose a language of the list."), code="unknown_language")
