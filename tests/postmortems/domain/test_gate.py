from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postmortems.domain.deadline import Clock, Phase, Policy
from postmortems.domain.document import Document, Language, Role, Section, Severity, State
from postmortems.domain.findings import Detail, Finding, Report
from postmortems.domain.gate import Obstacle, Refusal, refusal
from postmortems.domain.status import TRANSITIONS, Transition, allowed
from tests.postmortems.domain.test_status import ROLE_SETS


def document(state: State) -> Document:
    return Document("Checkout down", date(2024, 2, 15), Language.ENGLISH, Severity.P1, state=state)


def report(*details: Detail) -> Report:
    findings = tuple(Finding(detail, Section.ACTIONS, "row") for detail in details)
    return Report(findings, Clock(Phase.NOT_ENDED, Policy()), frozenset())


CLEAR = report()
ALL = frozenset(Role)
REASON = "The cause is not deep enough"
SECTIONS = (Section.ROOT_CAUSE,)


def test_a_finding_refuses_the_transition_that_it_gates_and_no_other() -> None:
    unsettled = report(Detail.CHALLENGE_OPEN)
    refused = refusal(Transition.CLOSE_ROUND, document(State.CHALLENGE), ALL, unsettled)
    assert refused == Refusal(
        Transition.CLOSE_ROUND,
        (Obstacle.CRITERIA,),
        State.CHALLENGE,
        (State.CHALLENGE,),
        (Role.AUTHOR, Role.IC),
        unsettled.findings,
    )
    assert refused.findings[0].who == tuple(Role), "whoever raised a challenge settles it"
    assert refusal(Transition.SIGN_OFF, document(State.FOLLOW_UP), ALL, unsettled) is None


def test_a_second_click_is_told_that_the_state_has_changed() -> None:
    refused = refusal(Transition.SUBMIT, document(State.VALIDATION), ALL, report(Detail.NO_ACTION))
    assert refused is not None
    assert (refused.obstacles, refused.state, refused.states) == (
        (Obstacle.WRONG_STATE,),
        State.VALIDATION,
        (State.DRAFTING,),
    )
    assert refused.findings == ()


def test_a_wrong_role_is_told_who_may() -> None:
    refused = refusal(Transition.SIGN_OFF, document(State.FOLLOW_UP), ALL - {Role.LEAD}, CLEAR)
    assert refused is not None
    assert (refused.obstacles, refused.roles) == ((Obstacle.WRONG_ROLE,), (Role.LEAD,))


@pytest.mark.parametrize(
    ("state", "roles"), [(State.CHALLENGE, (Role.AUTHOR, Role.IC)), (State.FOLLOW_UP, (Role.LEAD,))]
)
def test_who_may_send_back_depends_on_the_state(state: State, roles: tuple[Role, ...]) -> None:
    refused = refusal(Transition.SEND_BACK, document(state), frozenset(), CLEAR, reason="Too early")
    assert refused is not None
    assert refused.roles == roles


@pytest.mark.parametrize("reason", ["", " \n\t"])
@pytest.mark.parametrize(
    ("transition", "state"),
    [
        (Transition.SEND_BACK, State.CHALLENGE),
        (Transition.SEND_BACK, State.FOLLOW_UP),
        (Transition.REOPEN, State.CLOSED),
    ],
)
def test_going_back_asks_for_a_reason(transition: Transition, state: State, reason: str) -> None:
    refused = refusal(transition, document(state), ALL, CLEAR, reason=reason)
    assert refused is not None
    assert refused.obstacles == (Obstacle.REASON_MISSING,)
    assert refusal(transition, document(state), ALL, CLEAR, reason="New facts") is None


def test_completing_asks_for_a_reason_and_the_sections_at_once() -> None:
    refused = refusal(Transition.COMPLETE, document(State.VALIDATION), ALL, CLEAR)
    assert refused is not None
    assert refused.obstacles == (Obstacle.REASON_MISSING, Obstacle.SECTIONS_MISSING)
    assert (
        refusal(Transition.COMPLETE, document(State.VALIDATION), ALL, CLEAR, reason=REASON, sections=SECTIONS)
        is None
    )


STRAIGHT = (Transition.SUBMIT, Transition.OPEN_ROUND, Transition.CLOSE_ROUND, Transition.SIGN_OFF)


def walk(data: st.DataObject) -> Iterator[tuple[Transition, State, Report]]:
    """The transitions that a team got through, each with where it led and what the criteria said."""
    state = State.DRAFTING
    for _ in range(data.draw(st.integers(1, 25))):
        forward = [transition for transition in Transition if state in TRANSITIONS[transition].sources]
        transition = data.draw(st.sampled_from(forward) | st.sampled_from(Transition))
        found = report(*data.draw(st.just(()) | st.lists(st.sampled_from(Detail), max_size=3)))
        roles = data.draw(st.just(ALL) | st.sampled_from(ROLE_SETS))
        reason = data.draw(st.sampled_from(["Because", ""]))
        refused = refusal(
            transition, document(state), roles, found, reason=reason, sections=(Section.IMPACT,)
        )
        if refused is None:
            state = TRANSITIONS[transition].target
            yield transition, state, found
        else:
            assert refused.obstacles
            assert (Obstacle.CRITERIA in refused.obstacles) == bool(refused.findings)


@given(st.data())
def test_no_way_skips_a_gate(data: st.DataObject) -> None:
    since_draft: list[Transition] = []
    for transition, state, found in walk(data):
        assert not [finding for finding in found.findings if transition in finding.gates]
        since_draft = [] if state is State.DRAFTING else [*since_draft, transition]
        if state is State.VALIDATED:
            assert tuple(since_draft) == STRAIGHT
        if state is State.CLOSED:
            assert tuple(since_draft) == (*STRAIGHT, Transition.CLOSE)


@given(st.sampled_from(Transition), st.sampled_from(State), st.sampled_from(ROLE_SETS))
def test_an_offered_transition_is_refused_only_for_what_is_missing(
    transition: Transition, state: State, roles: frozenset[Role]
) -> None:
    refused = refusal(transition, document(state), roles, CLEAR, reason=REASON, sections=SECTIONS)
    if transition in allowed(state, roles):
        assert refused is None
    else:
        assert refused is not None
        assert refused.obstacles[0] in {Obstacle.WRONG_STATE, Obstacle.WRONG_ROLE}
