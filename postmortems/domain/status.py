"""States, transitions and abilities: what may happen to a post-mortem next, and who may do it.

``TRANSITIONS`` and ``ACTS`` are the only tables. Buttons, the API and refusals all read them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from postmortems.domain.document import Role, State


class Transition(StrEnum):
    """A change of state, triggered by a button.

    ``open_round`` (validation -> challenge) happens by itself as soon as nothing blocks it: the services
    try it after everything that can remove the last obstacle. Its button is there in case one got stuck.
    """

    SUBMIT = "submit"
    COMPLETE = "complete"
    OPEN_ROUND = "open_round"
    CLOSE_ROUND = "close_round"
    SEND_BACK = "send_back"
    SIGN_OFF = "sign_off"
    CLOSE = "close"
    REOPEN = "reopen"


class Ability(StrEnum):
    """What a person may do on a post-mortem now. No ability at all means: to them it does not exist."""

    READ = "read"
    COMMENT = "comment"
    EXPORT = "export"
    CHALLENGE = "challenge"
    ANSWER_FORM = "answer_form"
    EDIT = "edit"
    UPDATE_ACTIONS = "update_actions"
    SUBMIT = "submit"
    APPROVE = "approve"
    CLOSE_ROUND = "close_round"
    SEND_BACK = "send_back"
    SIGN_OFF = "sign_off"
    RELAUNCH = "relaunch"
    ACCEPT_BACKLOG = "accept_backlog"
    CLOSE = "close"
    REOPEN = "reopen"
    PUBLISH = "publish"
    ASSIGN_ROLES = "assign_roles"


EVERY_ROLE = frozenset(Role)
OWNERS = frozenset({Role.AUTHOR, Role.IC})
REVIEWERS = frozenset({Role.IC, Role.SME})
LEAD = frozenset({Role.LEAD})
MANAGERS = frozenset({Role.AUTHOR, Role.IC, Role.LEAD})

EVERY_STATE = frozenset(State)
CHALLENGE_ROUND = frozenset({State.CHALLENGE})
BEFORE_VALIDATED = EVERY_STATE - {State.VALIDATED, State.CLOSED}
UNDER_REVIEW = BEFORE_VALIDATED - {State.DRAFTING}
"""An approval lapses when its section changes, so it can be renewed until the sign-off."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A transition: from each source state by which roles, to which state, asking for what.

    Which criteria must be clear is told by each finding's ``gates`` (``findings.RULES``).
    """

    sources: Mapping[State, frozenset[Role]]
    target: State
    ability: Ability
    needs_reason: bool = False
    needs_sections: bool = False


TRANSITIONS: dict[Transition, Rule] = {
    Transition.SUBMIT: Rule({State.DRAFTING: OWNERS}, State.VALIDATION, Ability.SUBMIT),
    Transition.COMPLETE: Rule(
        {State.VALIDATION: REVIEWERS},
        State.DRAFTING,
        Ability.SEND_BACK,
        needs_reason=True,
        needs_sections=True,
    ),
    Transition.OPEN_ROUND: Rule({State.VALIDATION: REVIEWERS}, State.CHALLENGE, Ability.APPROVE),
    Transition.CLOSE_ROUND: Rule({State.CHALLENGE: OWNERS}, State.FOLLOW_UP, Ability.CLOSE_ROUND),
    Transition.SEND_BACK: Rule(
        {State.CHALLENGE: OWNERS, State.FOLLOW_UP: LEAD}, State.DRAFTING, Ability.SEND_BACK, needs_reason=True
    ),
    Transition.SIGN_OFF: Rule({State.FOLLOW_UP: LEAD}, State.VALIDATED, Ability.SIGN_OFF),
    Transition.CLOSE: Rule({State.VALIDATED: LEAD}, State.CLOSED, Ability.CLOSE),
    Transition.REOPEN: Rule({State.CLOSED: MANAGERS}, State.DRAFTING, Ability.REOPEN, needs_reason=True),
}

OPEN_TO_READERS: dict[Ability, frozenset[State]] = {
    Ability.READ: EVERY_STATE,
    Ability.COMMENT: EVERY_STATE,
    Ability.EXPORT: EVERY_STATE,
    Ability.CHALLENGE: CHALLENGE_ROUND,
    Ability.ANSWER_FORM: CHALLENGE_ROUND,
}

ACTS: dict[Ability, tuple[frozenset[State], frozenset[Role]]] = {
    Ability.EDIT: (BEFORE_VALIDATED, EVERY_ROLE),
    Ability.UPDATE_ACTIONS: (EVERY_STATE, EVERY_ROLE),
    Ability.APPROVE: (UNDER_REVIEW, REVIEWERS),
    Ability.RELAUNCH: (EVERY_STATE - {State.CLOSED}, LEAD),
    Ability.ACCEPT_BACKLOG: (EVERY_STATE - {State.CLOSED}, LEAD),
    Ability.PUBLISH: (EVERY_STATE - BEFORE_VALIDATED, MANAGERS),
    Ability.ASSIGN_ROLES: (EVERY_STATE, MANAGERS),
}
"""Acts that leave the state as it is."""


def abilities(
    state: State, roles: frozenset[Role], *, signed_in: bool, restricted: bool
) -> frozenset[Ability]:
    """What a person with these roles on a post-mortem may do in its present state.

    Empty for anyone not signed in, and for anyone without a role on a restricted post-mortem: answer 404.
    """
    if not signed_in or (restricted and not roles):
        return frozenset()
    granted = {ability for ability, states in OPEN_TO_READERS.items() if state in states}
    granted |= {ability for ability, (states, holders) in ACTS.items() if state in states and roles & holders}
    granted |= {TRANSITIONS[transition].ability for transition in allowed(state, roles)}
    return frozenset(granted)


def allowed(state: State, roles: frozenset[Role]) -> tuple[Transition, ...]:
    """The transitions to offer as buttons: what state and roles permit, criteria aside."""
    return tuple(
        transition for transition, rule in TRANSITIONS.items() if roles & rule.sources.get(state, frozenset())
    )
