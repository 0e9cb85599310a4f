"""The groups that questions are compared between: the language a learner knows best, and large teams.

A name is kept with the evidence as it was on the day, so that who moves on changes nothing that was counted, and a rebuild gives
equal sums. A team too small to give a question its hundred answers is not named.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from accounts.public import Membership, User
from analytics.statistics.differential import FEWEST_IN_GROUP

MODE, LANGUAGE, TEAM = "mode", "language", "team"


def named(kind: str, what: object) -> str:
    """The name of a group; it holds no space, since names are kept joined by spaces."""
    return f"{kind}:{what}"


def groups_of(user_ids: Iterable[int]) -> dict[int, str]:
    """The groups of some learners as they are kept with the evidence; one statement."""
    size = Membership.objects.filter(team=OuterRef("memberships__team")).order_by().values("team").annotate(n=Count("pk")).values("n")
    rows = (
        User.objects.filter(pk__in=set(user_ids))
        .annotate(team_size=Coalesce(Subquery(size), 0))
        .order_by("pk", "memberships__team_id")
        .values_list("pk", "preferences__language", "memberships__team_id", "team_size")
    )
    found: dict[int, list[str]] = defaultdict(list)
    for user_id, language, team, members in rows:
        names = found[user_id]
        if language and not names:
            names.append(named(LANGUAGE, language))
        if team is not None and members >= FEWEST_IN_GROUP:
            names.append(named(TEAM, team))
    return {user_id: " ".join(names) for user_id, names in found.items()}
