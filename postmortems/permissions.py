"""The one door to a post-mortem.

Whatever leaves the application (page, fragment, file, attachment, command for somebody) passes
through ``access_postmortem``. The rules themselves are ``domain.status.abilities``.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import F, FilteredRelation, Q, QuerySet
from django.http import Http404

from postmortems.domain import challenge as challenge_rules
from postmortems.domain.document import Role, State
from postmortems.domain.status import Ability, abilities
from postmortems.models import Challenge, Incident, Postmortem, ReviewForm, RoleAssignment, User


@dataclass(frozen=True, slots=True)
class Access:
    """A person at a post-mortem that they may at least read."""

    postmortem: Postmortem
    user: User
    roles: frozenset[Role]
    abilities: frozenset[Ability]

    def may(self, ability: Ability | str) -> bool:
        """Whether the person has an ability now."""
        return ability in self.abilities

    def require(self, ability: Ability) -> None:
        """Raises PermissionDenied (403) unless the person has the ability now."""
        if ability not in self.abilities:
            raise PermissionDenied(ability.value)


def access_postmortem(user: User | AnonymousUser, identifier: str) -> Access:
    """Opens the door for a person, in one query.

    Raises Http404 when there is no such post-mortem, and just the same when the person may not know
    that there is one.
    """
    if not user.is_authenticated:
        raise Http404
    # One row for each role: on every page, and compiled in half the time that a subquery takes.
    mine = FilteredRelation("roles", condition=Q(roles__user_id=user.pk))
    found: list[Any] = list(
        Postmortem.objects.select_related("incident")
        .filter(pk=identifier)
        .annotate(mine=mine, my_role=F("mine__role"))
    )
    if not found:
        raise Http404
    postmortem = found[0]
    postmortem.my_roles = [{"role": row.my_role} for row in found if row.my_role]
    roles = frozenset(Role(row["role"]) for row in postmortem.my_roles)
    granted = abilities(
        State(postmortem.state),
        roles,
        signed_in=True,
        restricted=postmortem.visibility == Postmortem.RESTRICTED,
    )
    if Ability.READ not in granted:
        raise Http404
    return Access(postmortem, user, roles, granted)


def may_settle(access: Access, challenge: Challenge, now: datetime) -> bool:
    """Whether the person may settle an open challenge at ``now``, an aware instant."""
    own = challenge.user_id == access.user.pk
    return challenge_rules.may_settle(access.roles, challenge.last_word_at, now, own=own)


def may_settle_objection(access: Access, answer: ReviewForm) -> bool:
    """Whether the person may settle the objection of a review form."""
    return challenge_rules.may_settle_objection(access.roles, own=answer.user_id == access.user.pk)


def visible_postmortems(user: User) -> QuerySet[Postmortem]:
    """The post-mortems that a person may read: the same rule as the door's, for lists."""
    return Postmortem.objects.filter(_visible_to(user))


def visible_incidents(user: User) -> QuerySet[Incident]:
    """The incidents that a person may know of: those without a post-mortem, or with a visible one."""
    return Incident.objects.filter(
        Q(postmortem__isnull=True) | Q(postmortem__in=visible_postmortems(user).values("pk"))
    )


def _visible_to(user: User) -> Q:
    mine = RoleAssignment.objects.filter(user_id=user.pk).values("postmortem_id")
    return ~Q(visibility=Postmortem.RESTRICTED) | Q(pk__in=mine)
