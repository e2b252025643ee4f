"""Who may see actions and change their status, and to what."""

from django.db.models import QuerySet

from actions.models import CorrectiveAction
from postmortems.domain.document import OPEN_STATUSES, ActionStatus, Role, State
from postmortems.domain.status import EVERY_STATE, Ability, abilities
from postmortems.models import Postmortem, User
from postmortems.permissions import visible_postmortems

BEFORE_CLOSED = EVERY_STATE - {State.CLOSED}


def visible_actions(user: User) -> QuerySet[CorrectiveAction]:
    """The live actions that a person may read, for lists: those of the post-mortems that open to them."""
    visible: QuerySet[CorrectiveAction] = CorrectiveAction.objects.live().filter(
        postmortem__in=visible_postmortems(user).values("pk")
    )
    return visible


def may_update(action: CorrectiveAction, user: User) -> bool:
    """Whether a person may change the status of an action.

    Its owner may, with or without a role, and whoever may update all actions of the post-mortem; nobody
    may to whom the post-mortem is closed off. The person's roles were read with it: by
    ``access_postmortem``, or by a list, as ``my_roles``.
    """
    postmortem = action.postmortem
    held = getattr(postmortem, "my_roles", [])
    granted = abilities(
        State(postmortem.state),
        frozenset(Role(row["role"]) for row in held),
        signed_in=user.is_authenticated,
        restricted=postmortem.visibility == Postmortem.RESTRICTED,
    )
    owned = action.owner_id is not None and action.owner_id == user.pk
    return Ability.UPDATE_ACTIONS in granted or (owned and Ability.READ in granted)


def states_for(status: ActionStatus) -> frozenset[State]:
    """The states of a post-mortem in which an action may come to a status: none is open in a closed one."""
    return BEFORE_CLOSED if status in OPEN_STATUSES else EVERY_STATE
