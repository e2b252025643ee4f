"""The gate: whether a transition may happen now, or what stands in its way and who can mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from postmortems.domain.document import Document, Role, Section, State
from postmortems.domain.findings import Finding, Report
from postmortems.domain.status import TRANSITIONS, Transition


class Obstacle(StrEnum):
    """Why a transition is refused."""

    WRONG_STATE = "wrong_state"
    WRONG_ROLE = "wrong_role"
    REASON_MISSING = "reason_missing"
    SECTIONS_MISSING = "sections_missing"
    CRITERIA = "criteria"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a transition cannot happen, and what would make it possible.

    ``states`` are the states that it starts from, ``roles`` who may trigger it (in the present state, or
    in any when the state is wrong), ``findings`` the blocking findings: each has its anchor and who
    can mend it.
    """

    transition: Transition
    obstacles: tuple[Obstacle, ...]
    state: State
    states: tuple[State, ...]
    roles: tuple[Role, ...]
    findings: tuple[Finding, ...] = ()


def refusal(
    transition: Transition,
    document: Document,
    roles: frozenset[Role],
    report: Report,
    *,
    reason: str = "",
    sections: Iterable[Section] = (),
) -> Refusal | None:
    """Why ``transition`` may not happen now, or None if it may.

    A wrong state or role stands alone: what else is missing is not that person's concern. ``report``
    must be the evaluation of this very ``document``.
    """
    rule = TRANSITIONS[transition]
    holders = rule.sources.get(document.state)
    findings: tuple[Finding, ...] = ()
    obstacles: list[Obstacle] = []
    if holders is None:
        obstacles.append(Obstacle.WRONG_STATE)
    elif not roles & holders:
        obstacles.append(Obstacle.WRONG_ROLE)
    else:
        findings = report.blocking(transition)
        if rule.needs_reason and not reason.strip():
            obstacles.append(Obstacle.REASON_MISSING)
        if rule.needs_sections and not tuple(sections):
            obstacles.append(Obstacle.SECTIONS_MISSING)
        if findings:
            obstacles.append(Obstacle.CRITERIA)
    if not obstacles:
        return None
    able = holders if holders is not None else frozenset[Role]().union(*rule.sources.values())
    return Refusal(
        transition,
        tuple(obstacles),
        document.state,
        tuple(rule.sources),
        tuple(role for role in Role if role in able),
        findings,
    )
