"""What the acceptance criteria can say: each finding, its weight, what it blocks and who can mend it.

The domain speaks codes, not sentences: each ``Detail`` names what is to be said and its parameters, and
``RULES`` says which criterion it belongs to, how heavy it is, which transitions it blocks and
who can mend it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from postmortems.domain.deadline import Clock
from postmortems.domain.document import Role, Section
from postmortems.domain.status import EVERY_ROLE, LEAD, MANAGERS, OWNERS, Transition

NEXT_REVIEW = "next_review_on"
NO_ACTION_REASON = "no_action_reason"
LATE_REASON = "late_reason"
ROLES = "roles"
FORMS = "forms"

Param = str | int | date | timedelta


class Criterion(StrEnum):
    """The acceptance criteria, the review they ask for, and the hints that never block."""

    SECTIONS = "sections"
    TIMELINE = "timeline"
    ROOT_CAUSE = "root_cause"
    ACTIONS = "actions"
    BLAMELESS = "blameless"
    REVIEW = "review"
    DEADLINE = "deadline"
    FOLLOW_UP = "follow_up"
    HINT = "hint"


class Level(StrEnum):
    """A blocker stops a transition; a warning asks to look again; a hint suggests."""

    BLOCKER = "blocker"
    WARNING = "warning"
    HINT = "hint"


class SectionState(StrEnum):
    """How far a section is: something asked for is missing, something is to be looked at, or neither."""

    EMPTY = "empty"
    IN_PROGRESS = "in_progress"
    FINDINGS = "findings"
    COMPLETE = "complete"


class Detail(StrEnum):
    """Every finding there is. The comment gives its anchor, then its parameters and their types.

    A *field* anchor is the value of a ``TextKey`` or one of this module's names (``NEXT_REVIEW``...), a
    *row* anchor the ``ref`` of the row, a *section* anchor the value of the section.
    """

    SECTION_EMPTY = "section_empty"  # section
    TEXT_MISSING = "text_missing"  # field; key: str (a TextKey)

    MILESTONE_MISSING = "milestone_missing"  # field or section; milestone: str
    OUT_OF_ORDER = "out_of_order"  # row; milestone: str, other: str (naturally earlier), gap: timedelta
    IN_FUTURE = "in_future"  # row; gap: timedelta
    LONG_BEFORE_START = "long_before_start"  # row; gap: timedelta
    SILENT_GAP = "silent_gap"  # row before the gap; gap: timedelta, other_ref: str (row after it)
    SOURCES_MISSING = "sources_missing"  # section; count: int

    IMMEDIATE_CAUSE_MISSING = "immediate_cause_missing"  # field
    CHAIN_MISSING = "chain_missing"  # section
    CHAIN_TOO_SHORT = "chain_too_short"  # row; answered: int, expected: int; and no other chain is complete
    CHAIN_UNFINISHED = "chain_unfinished"  # row; answered: int, expected: int; another chain is complete
    WHY_UNANSWERED = "why_unanswered"  # row of the question; position: int (from 1)
    CHAIN_ENDS_ON_PERSON = "chain_ends_on_person"  # row of the last answer; words: str
    CHAIN_NOT_LINKED = "chain_not_linked"  # row of the chain

    NO_ACTION = "no_action"  # field
    OWNER_MISSING = "owner_missing"  # row; title: str
    DEADLINE_MISSING = "deadline_missing"  # row; title: str
    IMMEDIATE_NOT_DONE = "immediate_not_done"  # row; title: str
    BACKLOG_NOT_ACCEPTED = "backlog_not_accepted"  # row; title: str

    BLAME_OPEN = "blame_open"  # as given; category: str, words: str
    OBJECTION_OPEN = "objection_open"  # row of the review form

    IC_MISSING = "ic_missing"  # field
    SME_MISSING = "sme_missing"  # field
    IC_APPROVAL_MISSING = "ic_approval_missing"  # section
    SME_APPROVAL_MISSING = "sme_approval_missing"  # section
    IC_APPROVAL_LAPSED = "ic_approval_lapsed"  # section
    SME_APPROVAL_LAPSED = "sme_approval_lapsed"  # section
    AUTHOR_ONLY_APPROVER = "author_only_approver"  # section
    CHALLENGE_OPEN = "challenge_open"  # row of the challenge
    FORMS_MISSING = "forms_missing"  # field; answered: int, expected: int

    LATE_WITHOUT_REASON = "late_without_reason"  # field; days: int (the policy's), last_day: date

    NEXT_REVIEW_MISSING = "next_review_missing"  # field
    ACTION_LATE = "action_late"  # row; title: str, owner: str, deadline: date, days: int (since the deadline)
    ACTION_OPEN = "action_open"  # row; title: str, owner: str

    VAGUE_ACTION = "vague_action"  # row; words: str
    CHANGES_PEOPLE = "changes_people"  # row; words: str
    NOT_VERIFIABLE = "not_verifiable"  # row; title: str
    ONLY_MITIGATIONS = "only_mitigations"  # section
    SINGLE_HORIZON = "single_horizon"  # section; horizon: str, count: int
    NO_PREVENTION = "no_prevention"  # section
    FEW_CONTRIBUTORS = "few_contributors"  # field; count: int, expected: int
    FIGURE_WITHOUT_SOURCE = "figure_without_source"  # row; label: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What a detail weighs. A detail with gates is a blocker of those transitions."""

    criterion: Criterion
    level: Level
    who: frozenset[Role]
    gates: frozenset[Transition] = frozenset()


IC = frozenset({Role.IC})
SME = frozenset({Role.SME})
AUTHOR_AND_LEAD = frozenset({Role.AUTHOR, Role.LEAD})

CONTENT = frozenset({Transition.SUBMIT, Transition.CLOSE_ROUND, Transition.SIGN_OFF})
"""The text can still change under review, so what submitting asked for is asked again on the way out."""
APPROVED = frozenset({Transition.OPEN_ROUND, Transition.CLOSE_ROUND, Transition.SIGN_OFF})
ROUND = frozenset({Transition.CLOSE_ROUND})
SIGNED = frozenset({Transition.SIGN_OFF})
FOLLOWED = frozenset({Transition.SIGN_OFF, Transition.CLOSE})
CLOSED = frozenset({Transition.CLOSE})


def _blocker(criterion: Criterion, gates: frozenset[Transition], who: frozenset[Role] = EVERY_ROLE) -> Rule:
    return Rule(criterion, Level.BLOCKER, who, gates)


def _warning(criterion: Criterion, who: frozenset[Role] = EVERY_ROLE) -> Rule:
    return Rule(criterion, Level.WARNING, who)


HINT = Rule(Criterion.HINT, Level.HINT, EVERY_ROLE)

RULES: dict[Detail, Rule] = {
    Detail.SECTION_EMPTY: _blocker(Criterion.SECTIONS, CONTENT),
    Detail.TEXT_MISSING: _warning(Criterion.SECTIONS),
    Detail.MILESTONE_MISSING: _blocker(Criterion.TIMELINE, CONTENT),
    Detail.OUT_OF_ORDER: _blocker(Criterion.TIMELINE, CONTENT),
    Detail.IN_FUTURE: _blocker(Criterion.TIMELINE, CONTENT),
    Detail.LONG_BEFORE_START: _warning(Criterion.TIMELINE),
    Detail.SILENT_GAP: _warning(Criterion.TIMELINE),
    Detail.SOURCES_MISSING: _warning(Criterion.TIMELINE),
    Detail.IMMEDIATE_CAUSE_MISSING: _blocker(Criterion.ROOT_CAUSE, CONTENT),
    Detail.CHAIN_MISSING: _blocker(Criterion.ROOT_CAUSE, CONTENT),
    Detail.CHAIN_TOO_SHORT: _blocker(Criterion.ROOT_CAUSE, CONTENT),
    Detail.CHAIN_UNFINISHED: _warning(Criterion.ROOT_CAUSE),
    Detail.WHY_UNANSWERED: _blocker(Criterion.ROOT_CAUSE, CONTENT),
    Detail.CHAIN_ENDS_ON_PERSON: _blocker(Criterion.ROOT_CAUSE, CONTENT),
    Detail.CHAIN_NOT_LINKED: _blocker(Criterion.ROOT_CAUSE, CONTENT),
    Detail.NO_ACTION: _blocker(Criterion.ACTIONS, CONTENT),
    Detail.OWNER_MISSING: _blocker(Criterion.ACTIONS, CONTENT),
    Detail.DEADLINE_MISSING: _blocker(Criterion.ACTIONS, CONTENT),
    Detail.IMMEDIATE_NOT_DONE: _blocker(Criterion.ACTIONS, CONTENT),
    Detail.BACKLOG_NOT_ACCEPTED: _blocker(Criterion.ACTIONS, SIGNED, LEAD),
    Detail.BLAME_OPEN: _blocker(Criterion.BLAMELESS, CONTENT),
    Detail.OBJECTION_OPEN: _blocker(Criterion.BLAMELESS, ROUND, OWNERS),
    Detail.IC_MISSING: _blocker(Criterion.REVIEW, APPROVED, MANAGERS),
    Detail.SME_MISSING: _blocker(Criterion.REVIEW, APPROVED, MANAGERS),
    Detail.IC_APPROVAL_MISSING: _blocker(Criterion.REVIEW, APPROVED, IC),
    Detail.SME_APPROVAL_MISSING: _blocker(Criterion.REVIEW, APPROVED, SME),
    Detail.IC_APPROVAL_LAPSED: _blocker(Criterion.REVIEW, APPROVED, IC),
    Detail.SME_APPROVAL_LAPSED: _blocker(Criterion.REVIEW, APPROVED, SME),
    Detail.AUTHOR_ONLY_APPROVER: _blocker(Criterion.REVIEW, APPROVED, MANAGERS),
    Detail.CHALLENGE_OPEN: _blocker(Criterion.REVIEW, ROUND, EVERY_ROLE),
    Detail.FORMS_MISSING: _blocker(Criterion.REVIEW, ROUND, EVERY_ROLE - {Role.AUTHOR}),
    Detail.LATE_WITHOUT_REASON: _warning(Criterion.DEADLINE, OWNERS),
    Detail.NEXT_REVIEW_MISSING: _blocker(Criterion.FOLLOW_UP, FOLLOWED, AUTHOR_AND_LEAD),
    Detail.ACTION_LATE: _blocker(Criterion.FOLLOW_UP, FOLLOWED, LEAD),
    Detail.ACTION_OPEN: _blocker(Criterion.FOLLOW_UP, CLOSED),
    Detail.VAGUE_ACTION: HINT,
    Detail.CHANGES_PEOPLE: HINT,
    Detail.NOT_VERIFIABLE: HINT,
    Detail.ONLY_MITIGATIONS: HINT,
    Detail.SINGLE_HORIZON: HINT,
    Detail.NO_PREVENTION: HINT,
    Detail.FEW_CONTRIBUTORS: HINT,
    Detail.FIGURE_WITHOUT_SOURCE: HINT,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend or to look at again, where it is, and the parameters of its message.

    ``section`` is None for what concerns the whole document. ``anchor`` is described in ``Detail``.
    """

    detail: Detail
    section: Section | None = None
    anchor: str = ""
    params: tuple[tuple[str, Param], ...] = ()

    @property
    def code(self) -> Criterion:
        """The criterion that it belongs to."""
        return RULES[self.detail].criterion

    @property
    def level(self) -> Level:
        """How much it weighs."""
        return RULES[self.detail].level

    @property
    def gates(self) -> frozenset[Transition]:
        """The transitions that it blocks."""
        return RULES[self.detail].gates

    @property
    def who(self) -> tuple[Role, ...]:
        """The roles that can mend it, in the order of ``Role``."""
        return tuple(role for role in Role if role in RULES[self.detail].who)


@dataclass(frozen=True, slots=True)
class OpenBlame:
    """A finding of the wording checker that was neither rewritten nor kept with a reason."""

    section: Section
    anchor: str
    category: str
    words: str


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the criteria say about one document at one moment."""

    findings: tuple[Finding, ...]
    clock: Clock
    written: frozenset[Section]

    def blocking(self, transition: Transition) -> tuple[Finding, ...]:
        """What stands in the way of a transition."""
        return tuple(finding for finding in self.findings if transition in finding.gates)

    def section_state(self, section: Section) -> SectionState:
        """How far a section is. Approvals and follow-up tell of the review, not of the section's text."""
        if section not in self.written:
            return SectionState.EMPTY
        states = {
            _state_of(finding)
            for finding in self.findings
            if finding.section is section
            and (finding.level is Level.WARNING or Transition.SUBMIT in finding.gates)
        }
        return next((state for state in SectionState if state in states), SectionState.COMPLETE)


ENTRIES = frozenset(
    {
        Detail.OUT_OF_ORDER,
        Detail.IN_FUTURE,
        Detail.LONG_BEFORE_START,
        Detail.SILENT_GAP,
        Detail.SOURCES_MISSING,
        Detail.CHAIN_ENDS_ON_PERSON,
        Detail.BLAME_OPEN,
    }
)
"""Details about something that was written; the others tell of something that was not yet."""


def _state_of(finding: Finding) -> SectionState:
    return SectionState.FINDINGS if finding.detail in ENTRIES else SectionState.IN_PROGRESS
