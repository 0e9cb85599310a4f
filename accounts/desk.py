"""What the admin of every app is built on: lists that stay quick, ledgers nobody edits, and no way to people's secrets.

Beside `public.py` because the admin can only be imported once all models are loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db.models import JSONField, Model, URLField
from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import User

SECRETS = frozenset({"password", "token", "secret", "data", "key", "guest_key", "submit_key", "session"})
"""Columns that no filter of an address may ask about: each answer would give away a character."""


def actor_of(request: HttpRequest) -> User:
    """Who acts in the admin: always an account, the admin lets nobody else in."""
    return cast("User", request.user)


class Desk(admin.ModelAdmin):
    """The base of every admin here."""

    list_per_page = 50
    show_full_result_count = False  # counting a large table twice for one list
    list_max_show_all = 0

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        """Filters by an address: only what the list offers, and never a secret, however it is reached."""
        if SECRETS & set(lookup.split(LOOKUP_SEP)):
            return False
        return super().lookup_allowed(lookup, value, request)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """JSON columns of the content hold lists of texts: a line each is kinder to write than brackets and quotes."""
        if isinstance(db_field, JSONField):
            field = PagesField if db_field.name == "sources" else LinesField
            return field(label=capfirst(db_field.verbose_name), required=not db_field.blank)
        if isinstance(db_field, URLField):
            kwargs["assume_scheme"] = "https"
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Nothing is deleted by the dozen: rows here hold others, and deletions have rules of their own."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def say(self, request: HttpRequest, done: int, refused: Sequence[str], text: Any) -> None:
        """Tell what an action did and what it refused, each with its reason."""
        if done:
            self.message_user(request, text % {"count": done}, messages.SUCCESS)
        for reason in refused:
            self.message_user(request, reason, messages.ERROR)


class LedgerDesk(Desk):
    """Rows that are added by the product and never edited: to be read alone."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class QueueDesk(Desk):
    """Things that wait for a person, each closed once by what its form asks: none is added or deleted by hand, and what is closed is
    to be read alone.
    """

    told: tuple[str, ...] = ()
    """What is shown of each."""
    asked_for: tuple[str, ...] = ("state", "answer")
    """What the form asks."""
    closed_with: tuple[str, ...] = ("answered_by", "answered_at")
    """What is shown beside it of a closed one."""

    closing_time = "answered_at"
    """The field that tells a closed one; not its state, which a form that was refused has already put into the row in memory."""

    def is_closed(self, obj: Model | None) -> bool:
        """Whether somebody has dealt with it."""
        return obj is not None and getattr(obj, self.closing_time) is not None

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return (*self.told, *self.asked_for, *(self.closed_with if self.is_closed(obj) else ()))

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.get_fields(request, obj) if self.is_closed(obj) else self.told

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        if self.is_closed(obj):
            kwargs |= {"form": forms.ModelForm, "fields": ()}
        return super().get_form(request, obj, change, **kwargs)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class LedgerInline(admin.TabularInline):
    """Rows of a ledger on the page of what they belong to."""

    extra = 0
    can_delete = False
    show_change_link = False

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.fields or ()

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class LinesField(forms.CharField):
    """A list of texts, one on each line."""

    widget = forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"})

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("One on each line."))
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        """The list as lines."""
        return "\n".join(str(entry) for entry in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """The lines as a list; empty ones are left out."""
        if isinstance(value, list):
            return value
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compared as lists."""
        return (initial or []) != self.to_python(data)


class PagesField(LinesField):
    """A list of web pages [{"title", "url"}], one on each line: the title, a bar, the address."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"help_text": _("One on each line: title | https://address"), **kwargs})

    def prepare_value(self, value: Any) -> Any:
        """The pages as lines."""
        if isinstance(value, list):
            return "\n".join(f"{page['title']} | {page['url']}" for page in value)
        return value

    def to_python(self, value: Any) -> Any:
        """The lines as pages. Raises ValidationError for a line without an address."""
        pages = []
        for line in super().to_python(value):
            if isinstance(line, dict):
                pages.append(line)
                continue
            title, bar, url = (part.strip() for part in line.rpartition("|"))
            if not bar or not title or not url.startswith(("https://", "http://")):
                raise forms.ValidationError(_("“%(line)s” is not of the form: title | https://address"), params={"line": line})
            pages.append({"title": title, "url": url})
        return pages
