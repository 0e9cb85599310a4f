"""What a learner says about a question."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from quizzes.public import ProblemReport


class ReportForm(forms.Form):
    """A kind of problem and, for anything but the listed kinds, what it is."""

    kind = forms.ChoiceField(label=_("What is wrong?"), choices=ProblemReport.Kind.choices)
    text = forms.CharField(label=_("Tell us more"), max_length=2000, required=False, widget=forms.Textarea)

    def clean(self) -> dict[str, str]:
        """ "Something else" needs words."""
        data = super().clean() or {}
        if data.get("kind") == ProblemReport.Kind.OTHER and not data.get("text", "").strip():
            self.add_error("text", _("Say what is wrong with the question."))
        return data
