"""What the API has that belongs to no app: tokens for scripts, and the answer where there is no endpoint."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import has_verified_email
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authtoken.models import Token
from rest_framework.authtoken.serializers import AuthTokenSerializer
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config.problems import problem_json


class TokenRequest(AuthTokenSerializer):
    """A name and its password."""

    token = None  # type: ignore[assignment]  # how DRF removes an inherited field


class TokenBody(serializers.Serializer[Any]):
    """The token, to be sent as `Authorization: Token …`."""

    token = serializers.CharField(read_only=True)


class SecondFactorNeeded(PermissionDenied):
    """A password alone must not open what its owner has put behind two locks."""

    default_code = "second_factor"
    default_detail = _("This account signs in with a second factor, so that a password alone gets no token.")


class AddressNotConfirmed(PermissionDenied):
    """Where addresses must be confirmed to sign in on the pages, a token is no way around it."""

    default_code = "address_not_confirmed"
    default_detail = _("Confirm the e-mail address of this account first: sign in on the site, and a message with a link is sent to it.")


class TokenView(APIView):
    """Tokens for scripts."""

    authentication_classes: list[type] = []
    permission_classes = [AllowAny]
    throttle_scope = "token"

    @extend_schema(request=TokenRequest, responses=TokenBody)
    def post(self, request: Request) -> Response:
        """The account's token, made at the first call; 400 for a wrong name or password, and for an account that is closed."""
        credentials = TokenRequest(data=request.data, context={"request": request})
        credentials.is_valid(raise_exception=True)
        user = credentials.validated_data["user"]
        if is_mfa_enabled(user):
            raise SecondFactorNeeded
        if settings.ACCOUNT_EMAIL_VERIFICATION == "mandatory" and not has_verified_email(user):
            raise AddressNotConfirmed
        token, _made = Token.objects.get_or_create(user=user)
        return Response({"token": token.key})


@csrf_exempt
def no_such_endpoint(request: HttpRequest) -> JsonResponse:
    """404 as a problem detail, for programs that cannot read pages."""
    return problem_json(request, status_code=404, code="not_found", detail=str(_("The API has no such endpoint.")))
