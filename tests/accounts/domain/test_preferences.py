"""Preferences: defaults without a row, changed one by one."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError

from accounts.domain.preferences import set_preferences
from accounts.domain.profile import change_profile
from accounts.models import Preferences
from accounts.queries import preferences_of


def test_preferences_of_somebody_new_are_the_defaults_and_store_nothing(ada):
    assert preferences_of(ada).theme == "auto"
    assert preferences_of(AnonymousUser()).text_size == 100
    assert Preferences.objects.count() == 0


def test_set_preferences_keeps_what_is_not_named(ada):
    set_preferences(user=ada, theme="dark")
    set_preferences(user=ada, text_size=150)
    kept = preferences_of(ada)
    assert (kept.theme, kept.text_size) == ("dark", 150)
    assert Preferences.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"), [("theme", "pink"), ("text_size", 90), ("text_size", 201), ("allowance", "x9"), ("timer_hidden", None)]
)
def test_set_preferences_with_a_bad_value_is_refused_and_stores_nothing(ada, field, value):
    with pytest.raises(ValidationError):
        set_preferences(user=ada, **{field: value})
    assert Preferences.objects.count() == 0


def test_set_preferences_of_an_unknown_name_is_a_mistake_of_the_caller(ada):
    for name in ("colour", "user", "id"):
        with pytest.raises(TypeError):
            set_preferences(user=ada, **{name: 1})


def test_change_profile_tidies_blanks(ada):
    assert change_profile(user=ada, display_name="  Ada \n King ").display_name == "Ada King"
    assert change_profile(user=ada, display_name="").shown_name == "ada"
    with pytest.raises(ValidationError):
        change_profile(user=ada, display_name="a" * 121)
