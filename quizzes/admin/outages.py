"""Outages: recorded once, never edited; recording one gives running sittings their time back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.desk import Desk, LedgerInline, actor_of
from quizzes.domain.errors import NotAllowed
from quizzes.domain.outages import check_outage, record_outage
from quizzes.models import Outage, TimeCredit


class CreditInline(LedgerInline):
    """The sittings that were given time."""

    model = TimeCredit
    fields = ("attempt", "seconds", "credited_at")


class OutageForm(forms.ModelForm):
    """An outage as a person records it; what the domain would refuse is an error of the form."""

    class Meta:
        model = Outage
        fields = ("since", "until", "reason")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors:
            try:
                check_outage(since=data["since"], until=data["until"], reason=data["reason"])
            except NotAllowed as error:
                raise ValidationError(str(error)) from error
        return data


@admin.register(Outage)
class OutageDesk(Desk):
    """What took learners' time, and what was given back."""

    form = OutageForm
    list_display = ("since", "until", "reason", "recorded_by", "recorded_at")
    fields = ("since", "until", "reason")
    inlines = (CreditInline,)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.has_perm("quizzes.add_outage"))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def save_model(self, request: HttpRequest, obj: Outage, form: Any, change: bool) -> None:
        credited = record_outage(since=obj.since, until=obj.until, reason=obj.reason, actor=actor_of(request))
        obj.pk = credited.outage.pk
        count = len(credited.credits)
        self.message_user(request, _("%(count)d running sittings were given time; it shows at once.") % {"count": count})
