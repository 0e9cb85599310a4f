"""Forms of the pages."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.public import LANGUAGE_NAMES, Membership, Preferences, User
from lifecycle.public import TermSuggestion

MINUTES_CHOICES = [
    (10, _("10 minutes")),
    (20, _("20 minutes")),
    (30, _("30 minutes")),
    (45, _("45 minutes")),
    (60, _("An hour")),
    (90, _("An hour and a half")),
]
TEXT_SIZES = [(100, "100 %"), (110, "110 %"), (125, "125 %"), (150, "150 %"), (175, "175 %"), (200, "200 %")]
WEEKDAYS = [
    (0, _("Monday")),
    (1, _("Tuesday")),
    (2, _("Wednesday")),
    (3, _("Thursday")),
    (4, _("Friday")),
    (5, _("Saturday")),
    (6, _("Sunday")),
]
FARTHEST = timedelta(days=3 * 365)
LONGEST_NAME = 120


class DateInput(forms.DateInput):
    """The browser's own calendar; it wants the date as ISO 8601."""

    input_type = "date"

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(format="%Y-%m-%d", **kwargs)


class PlanForm(forms.Form):
    """When the exam is, and how much time a day there is for it."""

    exam_date = forms.DateField(
        label=_("When is your exam?"), required=False, widget=DateInput(), help_text=_("Leave it empty if it is not booked yet.")
    )
    minutes_a_day = forms.TypedChoiceField(label=_("How much time do you have on a usual day?"), coerce=int, choices=MINUTES_CHOICES)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_exam_date(self) -> date | None:
        """A day that has a meaning: not long past, and within three years."""
        chosen: date | None = self.cleaned_data["exam_date"]
        if chosen is None:
            return None
        if chosen < self.today - timedelta(days=365):
            raise ValidationError(_("This day is more than a year ago. Choose a later one, or leave it empty."))
        if chosen > self.today + FARTHEST:
            raise ValidationError(_("This day is more than three years ahead. Choose an earlier one, or leave it empty."))
        return chosen


class ProfileForm(forms.ModelForm):
    """The name that others see."""

    class Meta:
        model = User
        fields = ["display_name"]
        labels = {"display_name": _("Name shown to others")}
        help_texts = {"display_name": _("On team reports. Empty: your user name.")}


class DisplayForm(forms.ModelForm):
    """How the pages look and behave."""

    text_size = forms.TypedChoiceField(label=_("Text size"), coerce=int, choices=TEXT_SIZES)
    language = forms.ChoiceField(
        label=_("Language you know best"),
        required=False,
        choices=[("", _("Rather not say")), *LANGUAGE_NAMES.items()],
        help_text=_("Only to find questions that are harder for people who read them in a second language."),
    )

    class Meta:
        model = Preferences
        fields = [
            "theme",
            "text_size",
            "readable_letters",
            "reduced_motion",
            "shortcut_keys",
            "allowance",
            "timer_hidden",
            "spoken_warnings",
            "streak_hidden",
            "weekly_mail",
            "language",
        ]
        widgets = {"theme": forms.RadioSelect, "shortcut_keys": forms.RadioSelect, "allowance": forms.RadioSelect}
        labels = {
            "theme": _("Colours"),
            "readable_letters": _("Easier-to-read letters"),
            "reduced_motion": _("Less motion"),
            "shortcut_keys": _("Shortcut keys in exams"),
            "allowance": _("Time in exams"),
            "timer_hidden": _("Hide the timer"),
            "spoken_warnings": _("Speak time warnings"),
            "streak_hidden": _("Hide the run of study days"),
            "weekly_mail": _("Weekly e-mail"),
        }
        help_texts = {
            "readable_letters": _("Atkinson Hyperlegible Next, made for readers with low vision."),
            "reduced_motion": _("Also follows your device’s own setting."),
            "shortcut_keys": _("Single letters can get in the way of speech input; with Alt they do not."),
            "allowance": _("Used for every timed exam you start. Extra time counts for readiness like any other."),
            "timer_hidden": _("It comes back at 10 minutes and says so."),
            "spoken_warnings": _("Screen readers hear 30, 10, 5 and 1 minute."),
        }


class ResultForm(forms.Form):
    """How the real exam went."""

    taken_on = forms.DateField(label=_("When did you sit the exam?"), widget=DateInput())
    passed = forms.TypedChoiceField(
        label=_("Did you pass?"),
        coerce=lambda value: value == "yes",
        choices=[("yes", _("Yes")), ("no", _("No"))],
        widget=forms.RadioSelect,
    )
    scaled = forms.IntegerField(
        label=_("Score on your report"),
        min_value=100,
        max_value=1000,
        required=False,
        help_text=_("From 100 to 1000. It makes the estimate better for everybody."),
    )

    def clean_taken_on(self) -> date:
        """Not in the future."""
        chosen: date = self.cleaned_data["taken_on"]
        if chosen > timezone.localdate():
            raise ValidationError(_("This day is still to come."))
        return chosen


class TeamForm(forms.Form):
    """A team's name, its exam window and the day of its e-mail."""

    name = forms.CharField(label=_("Team name"), max_length=120)
    exam_from = forms.DateField(label=_("Exam window from"), required=False, widget=DateInput())
    exam_until = forms.DateField(label=_("Exam window until"), required=False, widget=DateInput())
    mail_day = forms.TypedChoiceField(label=_("Day of the weekly e-mail"), coerce=int, choices=WEEKDAYS)

    def clean(self) -> dict[str, Any]:
        """The window ends after it begins."""
        data = super().clean() or {}
        first, last = data.get("exam_from"), data.get("exam_until")
        if first and last and last < first:
            self.add_error("exam_until", _("The window must not end before it begins."))
        return data


class NewTeamForm(forms.Form):
    """A new team."""

    name = forms.CharField(label=_("Team name"), max_length=120, help_text=_("You become its lead and can invite others by a link."))


class InvitationForm(forms.Form):
    """A link to join."""

    role = forms.ChoiceField(
        label=_("They join as"), choices=Membership.Role.choices, initial=Membership.Role.MEMBER, widget=forms.RadioSelect
    )
    days = forms.IntegerField(label=_("Link is good for, in days"), min_value=1, max_value=90, initial=14)


class JoinForm(forms.Form):
    """Consent when joining."""

    shares = forms.BooleanField(
        label=_("Share my progress with the leads of this team"),
        required=False,
        initial=True,
        help_text=_("You can stop at any time. Single answers are never shown."),
    )


class CloseForm(forms.Form):
    """The word that closes an account."""

    password = forms.CharField(label=_("Your password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}))


class SuggestionForm(forms.Form):
    """A service or a term that the reference lacks."""

    kind = forms.ChoiceField(label=_("What is it?"), choices=TermSuggestion.Kind.choices, widget=forms.RadioSelect)
    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    note = forms.CharField(
        label=_("Where did you meet it?"), max_length=500, required=False, strip=True, widget=forms.Textarea(attrs={"rows": 2})
    )

    def clean_name(self) -> str:
        """A name has a letter or a figure in it."""
        name: str = self.cleaned_data["name"]
        if not any(letter.isalnum() for letter in name):
            raise ValidationError(_("Name a service or a term."))
        return name
