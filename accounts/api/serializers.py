"""What the account endpoints read and answer. Nothing here writes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.models import Membership, Preferences, User


class MeBody(serializers.ModelSerializer[User]):
    """The account that asks."""

    shown_name = serializers.CharField(read_only=True)

    class Meta:
        model = User
        fields = ("username", "display_name", "shown_name", "initials", "email", "date_joined")
        read_only_fields = fields


class MeRequest(serializers.Serializer[Any]):
    """What a person may change of the account here; the address and the password have pages of their own."""

    display_name = serializers.CharField(max_length=120, allow_blank=True, required=False)


class PreferencesBody(serializers.ModelSerializer[Preferences]):
    """How the pages are to be."""

    class Meta:
        model = Preferences
        exclude = ("id", "user")


class PreferencesRequest(serializers.ModelSerializer[Preferences]):
    """Some preferences; what is not named stays."""

    text_size = serializers.IntegerField(min_value=100, max_value=200, required=False)

    class Meta:
        model = Preferences
        exclude = ("id", "user")


class CloseRequest(serializers.Serializer[Any]):
    """The password, or the user name where the account has none, as the word that this is meant."""

    password = serializers.CharField(max_length=200, trim_whitespace=False)


class TeamRowBody(serializers.Serializer[Any]):
    """A team of the caller's."""

    slug = serializers.CharField(source="team.slug")
    name = serializers.CharField(source="team.name")
    role = serializers.ChoiceField(choices=Membership.Role.choices)
    shares = serializers.BooleanField()
    members = serializers.IntegerField()
    exam_from = serializers.DateField(source="team.exam_from", allow_null=True)
    exam_until = serializers.DateField(source="team.exam_until", allow_null=True)
