"""Teams: joined by a link, led, left."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.domain.errors import InvitationGone, LastLead, NotLead, NotMember
from accounts.domain.teams import (
    change_role,
    change_team,
    create_team,
    invite,
    join_team,
    leave_team,
    remove_member,
    set_consent,
    withdraw_invitation,
)
from accounts.models import AuditEntry, Invitation, Membership, Team, User
from accounts.queries import members_of, open_invitations, seat_in, teams_of, welcome_of


@pytest.fixture
def team(ada):
    return create_team(name="Data Platform", actor=ada)


@pytest.fixture
def joined(team, ada, grace):
    join_team(token=invite(team=team, actor=ada).token, user=grace)
    return team


def actions():
    return list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))


def test_create_team_makes_its_maker_the_lead(team, ada):
    assert team.slug == "data-platform"
    assert Membership.objects.get(team=team).role == "lead"
    assert actions() == ["team.create"]
    assert AuditEntry.objects.get().actor == ada


def test_create_team_with_a_taken_name_gets_another_address(team, ada):
    assert create_team(name="Data Platform", actor=ada).slug == "data-platform-2"
    assert create_team(name="Data Platform", actor=ada).slug == "data-platform-3"


def test_create_team_never_takes_an_address_that_a_page_has(ada):
    assert create_team(name="New", actor=ada).slug == "new-2"
    assert create_team(name="チーム", actor=ada).slug == "team"


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"name": "  "}, "name"), ({"name": "A", "exam_from": date(2026, 12, 2), "exam_until": date(2026, 12, 1)}, "__all__")],
)
def test_create_team_with_bad_input_is_refused_at_the_field(ada, fields, field):
    with pytest.raises(ValidationError) as refused:
        create_team(actor=ada, **fields)
    assert field in refused.value.message_dict


def test_change_team_is_for_leads(joined, ada, grace):
    with pytest.raises(NotLead):
        change_team(team=joined, actor=grace, name="Mine now")
    change_team(team=joined, actor=ada, exam_from=date(2026, 12, 14), exam_until=date(2026, 12, 18))
    joined.refresh_from_db()
    assert joined.exam_until == date(2026, 12, 18)
    with pytest.raises(TypeError):
        change_team(team=joined, actor=ada, slug="other")


def test_join_team_by_its_link_once_or_twice(team, ada, grace):
    token = invite(team=team, actor=ada).token
    assert len(token) >= 32
    join_team(token=token, user=grace)
    join_team(token=token, user=grace)
    assert [row.user for row in members_of(team)] == [ada, grace]
    assert actions().count("team.join") == 1


def test_join_team_without_consent_is_kept(team, ada, grace):
    assert join_team(token=invite(team=team, actor=ada).token, user=grace, shares=False).shares is False


def test_join_team_by_a_lead_link_raises_and_a_member_link_never_lowers(joined, ada, grace):
    assert join_team(token=invite(team=joined, actor=ada, role="lead").token, user=grace).role == "lead"
    assert join_team(token=invite(team=joined, actor=ada).token, user=grace).role == "lead"


def test_join_team_by_an_expired_link_is_refused(team, ada, grace, clock):
    token = invite(team=team, actor=ada, days=14).token
    clock.move(days=14, seconds=-60)
    assert welcome_of(token).leads == ["Ada Lovelace"]
    clock.move(seconds=120)
    with pytest.raises(InvitationGone):
        join_team(token=token, user=grace)
    with pytest.raises(InvitationGone):
        welcome_of(token)
    assert open_invitations(team) == []


def test_join_team_by_a_withdrawn_or_unknown_link_is_refused(team, ada, grace):
    invitation = invite(team=team, actor=ada)
    withdraw_invitation(invitation=invitation, actor=ada)
    withdraw_invitation(invitation=invitation, actor=ada)
    assert actions().count("team.withdraw_invitation") == 1
    for token in (invitation.token, "x" * 32, ""):
        with pytest.raises(InvitationGone):
            join_team(token=token, user=grace)


def test_invite_is_for_leads_and_has_bounds(joined, ada, grace, alan):
    for outsider in (grace, alan):
        with pytest.raises(NotLead):
            invite(team=joined, actor=outsider)
    with pytest.raises(NotLead):
        withdraw_invitation(invitation=invite(team=joined, actor=ada), actor=grace)
    for bad in ({"days": 0}, {"days": 91}, {"role": "owner"}):
        with pytest.raises(ValidationError):
            invite(team=joined, actor=ada, **bad)


def test_leave_team_by_the_last_lead_is_refused(joined, ada, grace):
    with pytest.raises(LastLead):
        leave_team(team=joined, user=ada)
    change_role(team=joined, member=grace, role="lead", actor=ada)
    leave_team(team=joined, user=ada)
    assert [row.user for row in members_of(joined)] == [grace]
    with pytest.raises(NotMember):
        leave_team(team=joined, user=ada)


def test_change_role_of_the_last_lead_is_refused(joined, ada):
    with pytest.raises(LastLead):
        change_role(team=joined, member=ada, role="member", actor=ada)


def test_change_role_is_for_leads_of_this_team(joined, grace, alan):
    other = create_team(name="Other", actor=alan)
    for outsider in (grace, alan):
        with pytest.raises(NotLead):
            change_role(team=joined, member=grace, role="lead", actor=outsider)
    with pytest.raises(NotMember):
        change_role(team=other, member=grace, role="lead", actor=alan)


def test_remove_member_ends_open_links_too(joined, ada, grace):
    token = invite(team=joined, actor=ada).token
    remove_member(team=joined, member=grace, actor=ada)
    assert [row.user for row in members_of(joined)] == [ada]
    with pytest.raises(InvitationGone):
        join_team(token=token, user=grace)


def test_remove_member_by_a_member_is_refused(joined, ada, grace):
    with pytest.raises(NotLead):
        remove_member(team=joined, member=ada, actor=grace)


def test_set_consent_is_the_persons_own(joined, grace, alan):
    assert set_consent(team=joined, user=grace, shares=False).shares is False
    set_consent(team=joined, user=grace, shares=False)
    assert actions().count("team.consent") == 1
    with pytest.raises(NotMember):
        set_consent(team=joined, user=alan, shares=True)


def test_audit_of_teams_names_nobody(joined, ada, grace):
    change_team(team=joined, actor=ada, name="Grace's own")
    remove_member(team=joined, member=grace, actor=ada)
    said = str(list(AuditEntry.objects.values_list("before", "after"))).casefold()
    assert "grace" not in said
    assert "ada" not in said


def test_seat_in_is_for_people_of_the_team(joined, ada, grace, alan, rf):
    from django.contrib.auth.models import AnonymousUser

    assert seat_in("data-platform", ada).leads
    assert not seat_in("data-platform", grace).leads
    for outsider in (alan, AnonymousUser()):
        with pytest.raises(Team.DoesNotExist):
            seat_in("data-platform", outsider)


def test_teams_of_costs_one_statement(ada, grace, django_assert_num_queries):
    for number in range(3):
        create_team(name=f"Team {number}", actor=ada)
    led = create_team(name="Zebra", actor=grace)
    join_team(token=invite(team=Team.objects.get(name="Team 1"), actor=ada).token, user=grace)
    with django_assert_num_queries(1):
        rows = teams_of(grace)
    assert [(row.team.name, row.leads, row.members) for row in rows] == [("Zebra", True, 1), ("Team 1", False, 2)]
    assert led in [row.team for row in rows]


def test_membership_once_is_held_by_the_database(joined, grace):
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(team=joined, user=grace)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_two_leads_who_leave_at_once_do_not_both_get_away(ada, grace):
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    from django.db import connection

    team = create_team(name="Data", actor=ada)
    join_team(token=invite(team=team, actor=ada, role="lead").token, user=grace)
    together = Barrier(2)

    def leave(user):
        together.wait()
        try:
            leave_team(team=team, user=user)
        except LastLead:
            return "kept"
        else:
            return "left"
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(leave, [ada, grace])) == ["kept", "left"]
    assert Membership.objects.filter(team=team, role="lead").count() == 1


def test_tokens_of_invitations_differ(team, ada):
    tokens = {invite(team=team, actor=ada).token for _ in range(5)}
    assert len(tokens) == 5
    assert Invitation.objects.count() == 5


def test_superuser_may_act_for_a_team_without_belonging(joined, alan, grace):
    User.objects.filter(pk=alan.pk).update(is_superuser=True)
    alan.refresh_from_db()
    change_role(team=joined, member=grace, role="lead", actor=alan)
    assert Membership.objects.filter(team=joined, role="lead").count() == 2
