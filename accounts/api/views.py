"""The account endpoints: parse, one call of the domain, render."""

from __future__ import annotations

from typing import cast

from django.contrib.auth import logout
from django.http import FileResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import queries
from accounts.api.refusals import refusals
from accounts.api.serializers import CloseRequest, MeBody, MeRequest, PreferencesBody, PreferencesRequest, TeamRowBody
from accounts.domain.preferences import set_preferences
from accounts.domain.privacy import close_account, export_account
from accounts.domain.profile import change_profile
from accounts.models import User


def caller(request: Request) -> User:
    """The account that asks; the default permission lets nobody else in."""
    return cast("User", request.user)


class MeView(APIView):
    """The account that asks."""

    @extend_schema(responses=MeBody)
    def get(self, request: Request) -> Response:
        """Name, initials and address."""
        return Response(MeBody(caller(request)).data)

    @extend_schema(request=MeRequest, responses=MeBody)
    def patch(self, request: Request) -> Response:
        """Change the name that others see."""
        wish = MeRequest(data=request.data)
        wish.is_valid(raise_exception=True)
        with refusals():
            user = change_profile(user=caller(request), **wish.validated_data)
        return Response(MeBody(user).data)

    @extend_schema(request=CloseRequest, responses={204: None})
    def delete(self, request: Request) -> Response:
        """Erase the account and everything that belongs to it; 400 for a wrong password, 409 for the last lead of a team."""
        wish = CloseRequest(data=request.data)
        wish.is_valid(raise_exception=True)
        with refusals():
            close_account(user=caller(request), password=wish.validated_data["password"])
        logout(request._request)  # noqa: SLF001 - Django's logout takes Django's request
        return Response(status=status.HTTP_204_NO_CONTENT)


class PreferencesView(APIView):
    """How the caller wants the pages to be."""

    @extend_schema(responses=PreferencesBody)
    def get(self, request: Request) -> Response:
        """The preferences, the defaults where nothing was changed."""
        return Response(PreferencesBody(queries.preferences_of(caller(request))).data)

    @extend_schema(request=PreferencesRequest, responses=PreferencesBody)
    def patch(self, request: Request) -> Response:
        """Change some and keep the others."""
        wish = PreferencesRequest(data=request.data, partial=True)
        wish.is_valid(raise_exception=True)
        with refusals():
            preferences = set_preferences(user=caller(request), **wish.validated_data)
        return Response(PreferencesBody(preferences).data)


class ExportView(APIView):
    """Everything kept about the caller."""

    throttle_scope = "export"

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request) -> HttpResponseBase:
        """A ZIP file with each kind of data as JSON and as CSV."""
        file = export_account(user=caller(request))
        return FileResponse(file, as_attachment=True, filename="studyloop-data.zip", content_type="application/zip")


class TeamsView(APIView):
    """The caller's teams."""

    pagination_class = None

    @extend_schema(responses=TeamRowBody(many=True))
    def get(self, request: Request) -> Response:
        """Teams by name, those led first; a person's teams are few and come in one list."""
        return Response(TeamRowBody(queries.teams_of(caller(request)), many=True).data)
