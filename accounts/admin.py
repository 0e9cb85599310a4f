"""People, teams and the audit in the admin. Instructors have no part in it."""

from __future__ import annotations

from typing import Any

# Imported so that what they register can be taken back below.
import allauth.account.admin
import allauth.mfa.admin  # noqa: F401
import rest_framework.authtoken.admin  # noqa: F401
from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.models import Group
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.authtoken.models import TokenProxy

from accounts.desk import Desk, LedgerDesk, LedgerInline, actor_of
from accounts.domain.errors import LastLead
from accounts.domain.privacy import erase_account
from accounts.domain.roles import INSTRUCTOR, end_instructor, make_instructor
from accounts.domain.teams import change_team, create_team
from accounts.models import AuditEntry, Invitation, Membership, Team, User
from accounts.tokens import forget_token

admin.site.site_header = admin.site.site_title = "Studyloop"
admin.site.index_title = _("Administration")
admin.site.site_url = "/"
# The admin's own form knows neither second factors nor the limits on guessing: people sign in where everybody does.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

# Tokens and second factors are secrets of their owners; addresses stand with their account.
admin.site.unregister([TokenProxy, EmailAddress, Authenticator, Group])

POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


class AddressInline(admin.TabularInline):
    """Addresses, and whether they were verified."""

    model = EmailAddress
    extra = 0
    fields = ("email", "verified", "primary")


class NewPasswordForm(AdminPasswordChangeForm):
    """A password that somebody else sets: whoever knew the old one may hold a token, so it ends, as when its owner changes it."""

    def save(self, commit: bool = True) -> User:
        user = super().save(commit)
        forget_token(user=user)
        return user


@admin.register(User)
class UserDesk(Desk, UserAdmin):
    """Accounts. Only superusers give powers, or touch the accounts of those who have any."""

    list_display = ("username", "display_name", "email", "is_instructor", "is_active", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("username", "display_name", "email")
    ordering = ("username",)
    readonly_fields = ("last_login", "date_joined")
    actions = ("make_instructors", "end_instructors")
    inlines = (AddressInline,)
    change_password_form = NewPasswordForm

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        instructors = Count("groups", filter=Q(groups__name=INSTRUCTOR))
        return super().get_queryset(request).annotate(instructing=instructors)

    @admin.display(boolean=True, description=_("instructor"))
    def is_instructor(self, user: User) -> bool:
        """By the group."""
        return bool(user.instructing)  # type: ignore[attr-defined]

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return super().get_fieldsets(request, obj)
        return (
            (None, {"fields": ("username", "password", "display_name", "email", "is_active")}),
            *(((_("Powers"), {"fields": POWERS}),) if request.user.is_superuser else ()),
            (_("Dates"), {"fields": ("last_login", "date_joined")}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return (*self.readonly_fields, *(() if request.user.is_superuser else POWERS))

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Nobody rises above themselves: accounts with powers are for superusers."""
        if obj is not None and not request.user.is_superuser and (obj.is_staff or obj.is_superuser):
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return request.user.is_superuser and super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """A sentence in place of thousands of answers."""
        names = [str(user) for user in objs]
        return [_("Everything of %(name)s: attempts, answers, progress") % {"name": name} for name in names], {}, set(), []

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        try:
            erase_account(user=obj, actor=actor_of(request))
        except LastLead as refused:
            teams = ", ".join(refused.teams)
            self.message_user(request, _("Not deleted: make somebody else a lead first of %(teams)s.") % {"teams": teams}, messages.ERROR)

    @admin.action(description=_("Make instructors"), permissions=["powers"])
    def make_instructors(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            make_instructor(user=user, actor=actor_of(request))
        self.say(request, len(queryset), [], _("%(count)d can author content and quizzes."))

    @admin.action(description=_("Take the role of instructor away"), permissions=["powers"])
    def end_instructors(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset:
            end_instructor(user=user, actor=actor_of(request))
        self.say(request, len(queryset), [], _("%(count)d can no longer author content and quizzes."))

    def has_powers_permission(self, request: HttpRequest) -> bool:
        """For actions that give or take powers."""
        return bool(request.user.is_superuser)


def _actor(request: HttpRequest) -> Any:
    return request.user


@admin.register(Group)
class GroupDesk(Desk, GroupAdmin):
    """Groups of permissions; that of the instructors is put right after each migration."""


class MembershipInline(LedgerInline):
    """Who is in the team. People join by a link and decide themselves what they share."""

    model = Membership
    fields = ("user", "role", "shares", "joined_at")
    ordering = ("user__username",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return super().get_queryset(request).select_related("user", "team")


class TeamForm(forms.ModelForm):
    """A team; a new one needs its first lead."""

    class Meta:
        model = Team
        fields = ("name", "exam_from", "exam_until", "mail_day")


class NewTeamForm(forms.ModelForm):
    """A new team with its first lead."""

    lead = forms.ModelChoiceField(User.objects.filter(is_active=True), label=_("first lead"))

    class Meta:
        model = Team
        fields = ("name", "exam_from", "exam_until")


@admin.register(Team)
class TeamDesk(Desk):
    """Teams with their people."""

    list_display = ("name", "people", "leads", "exam_from", "exam_until", "created_at")
    search_fields = ("name", "slug")
    date_hierarchy = "created_at"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        leads = Count("memberships", filter=Q(memberships__role=Membership.Role.LEAD))
        return super().get_queryset(request).annotate(people_count=Count("memberships"), lead_count=leads)

    @admin.display(description=_("people"), ordering="people_count")
    def people(self, team: Team) -> int:
        """Everybody in it."""
        return team.people_count  # type: ignore[attr-defined]

    @admin.display(description=_("leads"), ordering="lead_count")
    def leads(self, team: Team) -> int:
        """Those who lead it."""
        return team.lead_count  # type: ignore[attr-defined]

    def get_form(self, request: HttpRequest, obj: Team | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, form=TeamForm if obj else NewTeamForm, **kwargs)

    def get_inlines(self, request: HttpRequest, obj: Team | None) -> Any:
        return (MembershipInline,) if obj else ()

    def save_model(self, request: HttpRequest, obj: Team, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in form.cleaned_data if name != "lead"}
        if change:
            change_team(team=obj, actor=actor_of(request), **values)
        else:
            made = create_team(actor=form.cleaned_data["lead"], **values)
            obj.pk, obj.slug, obj.created_at = made.pk, made.slug, made.created_at


@admin.register(Invitation)
class InvitationDesk(LedgerDesk):
    """Links that were made; their tokens are shown once, when they are made."""

    list_display = ("team", "role", "created_by", "created_at", "expires_at", "withdrawn_at")
    list_filter = ("role",)
    list_select_related = ("team", "created_by")
    search_fields = ("team__name",)
    fields = ("team", "role", "created_by", "created_at", "expires_at", "withdrawn_at")


@admin.register(AuditEntry)
class AuditDesk(LedgerDesk):
    """Who did what."""

    list_display = ("at", "actor", "action", "subject_kind", "subject_id")
    list_filter = ("action", "subject_kind")
    list_select_related = ("actor",)
    search_fields = ("subject_id", "action", "actor__username")
    date_hierarchy = "at"
    fields = ("at", "actor", "action", "subject_kind", "subject_id", "before", "after")
