from itertools import chain, combinations

import pytest

from postmortems.domain.document import Role, State
from postmortems.domain.status import (
    TRANSITIONS,
    Ability,
    Transition,
    abilities,
    allowed,
)

EVERYONE = "read comment export"
IN_ROUND = "read comment export challenge answer_form"

# One line a state: what a reader may do, then what each role adds. Copied from the design, not from the code.
EXPECTED = {
    State.DRAFTING: {
        None: EVERYONE,
        Role.PARTICIPANT: "edit update_actions",
        Role.SME: "edit update_actions",
        Role.IC: "edit update_actions submit assign_roles",
        Role.AUTHOR: "edit update_actions submit assign_roles",
        Role.LEAD: "edit update_actions relaunch accept_backlog assign_roles",
    },
    State.VALIDATION: {
        None: EVERYONE,
        Role.PARTICIPANT: "edit update_actions",
        Role.SME: "edit update_actions approve send_back",
        Role.IC: "edit update_actions approve send_back assign_roles",
        Role.AUTHOR: "edit update_actions assign_roles",
        Role.LEAD: "edit update_actions relaunch accept_backlog assign_roles",
    },
    State.CHALLENGE: {
        None: IN_ROUND,
        Role.PARTICIPANT: "edit update_actions",
        Role.SME: "edit update_actions approve",
        Role.IC: "edit update_actions approve close_round send_back assign_roles",
        Role.AUTHOR: "edit update_actions close_round send_back assign_roles",
        Role.LEAD: "edit update_actions relaunch accept_backlog assign_roles",
    },
    State.FOLLOW_UP: {
        None: EVERYONE,
        Role.PARTICIPANT: "edit update_actions",
        Role.SME: "edit update_actions approve",
        Role.IC: "edit update_actions approve assign_roles",
        Role.AUTHOR: "edit update_actions assign_roles",
        Role.LEAD: "edit update_actions relaunch accept_backlog sign_off send_back assign_roles",
    },
    State.VALIDATED: {
        None: EVERYONE,
        Role.PARTICIPANT: "update_actions",
        Role.SME: "update_actions",
        Role.IC: "update_actions publish assign_roles",
        Role.AUTHOR: "update_actions publish assign_roles",
        Role.LEAD: "update_actions relaunch accept_backlog close publish assign_roles",
    },
    State.CLOSED: {
        None: EVERYONE,
        Role.PARTICIPANT: "update_actions",
        Role.SME: "update_actions",
        Role.IC: "update_actions publish reopen assign_roles",
        Role.AUTHOR: "update_actions publish reopen assign_roles",
        Role.LEAD: "update_actions publish reopen assign_roles",
    },
}

ROLE_SETS = [
    frozenset(roles)
    for roles in chain.from_iterable(combinations(Role, size) for size in range(len(Role) + 1))
]


def expected(state: State, roles: frozenset[Role]) -> frozenset[Ability]:
    words = " ".join(EXPECTED[state][holder] for holder in (None, *roles))
    return frozenset(Ability(word) for word in words.split())


@pytest.mark.parametrize("state", State)
def test_abilities_of_every_set_of_roles(state: State) -> None:
    for roles in ROLE_SETS:
        internal = abilities(state, roles, signed_in=True, restricted=False)
        restricted = abilities(state, roles, signed_in=True, restricted=True)
        assert internal == expected(state, roles), sorted(roles)
        assert restricted == (expected(state, roles) if roles else frozenset()), sorted(roles)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("restricted", [True, False])
def test_nobody_sees_anything_without_signing_in(state: State, restricted: bool) -> None:
    for roles in ROLE_SETS:
        assert abilities(state, roles, signed_in=False, restricted=restricted) == frozenset()


def test_every_ability_can_be_held() -> None:
    held = {ability for state in State for ability in expected(state, frozenset(Role))}
    assert held == set(Ability)


@pytest.mark.parametrize(
    ("state", "roles", "buttons"),
    [
        (State.DRAFTING, {Role.AUTHOR}, "submit"),
        (State.DRAFTING, {Role.SME, Role.LEAD, Role.PARTICIPANT}, ""),
        (State.VALIDATION, {Role.SME}, "complete open_round"),
        (State.VALIDATION, {Role.AUTHOR, Role.LEAD}, ""),
        (State.CHALLENGE, {Role.IC}, "close_round send_back"),
        (State.FOLLOW_UP, {Role.LEAD}, "send_back sign_off"),
        (State.VALIDATED, {Role.LEAD}, "close"),
        (State.CLOSED, {Role.AUTHOR}, "reopen"),
        (State.CLOSED, {Role.PARTICIPANT, Role.SME}, ""),
    ],
)
def test_buttons(state: State, roles: set[Role], buttons: str) -> None:
    assert allowed(state, frozenset(roles)) == tuple(Transition(word) for word in buttons.split())


def test_every_state_can_be_reached() -> None:
    reached = {State.DRAFTING}
    for _ in State:
        reached |= {rule.target for rule in TRANSITIONS.values() if reached & rule.sources.keys()}
    assert reached == set(State)
