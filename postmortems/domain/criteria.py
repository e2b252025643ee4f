"""Acceptance criteria, executable: one evaluation feeds the side panel, the gates, the API and the commands.

The domain speaks codes, not sentences: each ``Detail`` names what is to be said and its parameters, and
``RULES`` says which criterion it belongs to, how heavy it is, which transitions it blocks and
who can mend it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from postmortems.domain import hints
from postmortems.domain.deadline import Clock, Policy, clock, incident_end
from postmortems.domain.document import (
    MANDATORY_SECTIONS,
    OPEN_STATUSES,
    UNKNOWN_TEXTS,
    WHYS_EXPECTED,
    Action,
    ActionKind,
    ActionStatus,
    Document,
    Horizon,
    Language,
    Role,
    Section,
    Severity,
    TextKey,
    WhyChain,
)
from postmortems.domain.status import EVERY_ROLE, LEAD, MANAGERS, OWNERS, Transition
from postmortems.domain.timeline import TimelineCode, TimelineFinding, check

# The numbers of the review guide: how long a relaunch counts, how many reviewers other than the author
# answer the form, how many people a post-mortem expects, from how many actions on one horizon is odd.
RELAUNCH_PERIOD = timedelta(days=7)
FORMS_NEEDED = 2
CONTRIBUTORS_EXPECTED = 2
SAME_HORIZON_FROM = 3

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

TIMELINE_DETAILS: dict[TimelineCode, Detail] = {
    TimelineCode.MISSING_MILESTONE: Detail.MILESTONE_MISSING,
    TimelineCode.OUT_OF_ORDER: Detail.OUT_OF_ORDER,
    TimelineCode.IN_FUTURE: Detail.IN_FUTURE,
    TimelineCode.LONG_BEFORE_START: Detail.LONG_BEFORE_START,
    TimelineCode.SILENT_GAP: Detail.SILENT_GAP,
    TimelineCode.MISSING_SOURCES: Detail.SOURCES_MISSING,
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


def evaluate(document: Document, now: datetime, policy: Policy, blame: Iterable[OpenBlame] = ()) -> Report:
    """All criteria over one document. ``now`` is an aware instant.

    ``blame`` are the open findings of the wording checker. Raises ZoneInfoNotFoundError when the
    document's zone is not an IANA name.
    """
    timer = clock(
        incident_end(document.timeline),
        document.severity,
        now,
        policy,
        document.zone,
        validated_at=document.review.validated_at,
    )
    today = now.astimezone(ZoneInfo(document.zone)).date()
    findings = (
        *_sections(document),
        *(_timeline(finding) for finding in check(document.timeline, now)),
        *_root_cause(document),
        *_actions(document),
        *(
            Finding(
                Detail.BLAME_OPEN,
                found.section,
                found.anchor,
                _params(category=found.category, words=found.words),
            )
            for found in blame
        ),
        *_approvals(document),
        *_round(document),
        *_deadline(document, timer),
        *_follow_up(document, now, today),
        *_hints(document),
    )
    written = frozenset(section for section in Section if document.has_content(section))
    return Report(findings, timer, written)


def _params(**values: Param) -> tuple[tuple[str, Param], ...]:
    return tuple(values.items())


def _sections(document: Document) -> Iterator[Finding]:
    for section in MANDATORY_SECTIONS:
        if not document.has_content(section):
            yield Finding(Detail.SECTION_EMPTY, section, section)
    if document.has_content(Section.SUMMARY):
        summary = document.summary
        for key, text in (
            (TextKey.SUMMARY_IMPACT, summary.impact),
            (TextKey.SUMMARY_CAUSE, summary.root_cause),
            (TextKey.TLDR, summary.tldr),
        ):
            if not text:
                yield Finding(Detail.TEXT_MISSING, Section.SUMMARY, key, _params(key=key))


def _timeline(found: TimelineFinding) -> Finding:
    params: tuple[tuple[str, Param], ...] = ()
    anchor = found.ref or Section.TIMELINE
    match found.code:
        case TimelineCode.MISSING_MILESTONE if found.milestone:
            anchor = UNKNOWN_TEXTS[found.milestone]
            params = _params(milestone=found.milestone)
        case TimelineCode.OUT_OF_ORDER if found.milestone and found.other:
            params = _params(milestone=found.milestone, other=found.other, gap=found.gap)
        case TimelineCode.SILENT_GAP:
            params = _params(gap=found.gap, other_ref=found.other_ref)
        case TimelineCode.MISSING_SOURCES:
            params = _params(count=found.count)
        case _:
            params = _params(gap=found.gap)
    return Finding(TIMELINE_DETAILS[found.code], Section.TIMELINE, anchor, params)


def _root_cause(document: Document) -> Iterator[Finding]:
    cause = document.root_cause
    if not cause.immediate:
        yield Finding(Detail.IMMEDIATE_CAUSE_MISSING, Section.ROOT_CAUSE, TextKey.IMMEDIATE_CAUSE)
    if not cause.chains:
        yield Finding(Detail.CHAIN_MISSING, Section.ROOT_CAUSE, Section.ROOT_CAUSE)
    settled = any(_is_complete(chain) for chain in cause.chains)
    names = _people(document)
    for chain in cause.chains:
        yield from _chain(chain, document, names, settled)


def _answered(chain: WhyChain) -> int:
    return sum(1 for why in chain.whys if why.answer)


def _is_complete(chain: WhyChain) -> bool:
    answered = _answered(chain)
    return answered >= WHYS_EXPECTED or bool(answered and chain.stop_reason)


def _chain(chain: WhyChain, document: Document, names: frozenset[str], settled: bool) -> Iterator[Finding]:
    answered = _answered(chain)
    complete = _is_complete(chain)
    if not complete:
        detail = Detail.CHAIN_UNFINISHED if settled else Detail.CHAIN_TOO_SHORT
        params = _params(answered=answered, expected=WHYS_EXPECTED)
        yield Finding(detail, Section.ROOT_CAUSE, chain.ref, params)
    last = max((index for index, why in enumerate(chain.whys) if why.answer), default=None)
    if last is None:
        return
    for position, why in enumerate(chain.whys[:last], 1):
        if not why.answer:
            yield Finding(Detail.WHY_UNANSWERED, Section.ROOT_CAUSE, why.ref, _params(position=position))
    end = chain.whys[last]
    if words := hints.ends_on_person(end.answer, document.language, names):
        yield Finding(Detail.CHAIN_ENDS_ON_PERSON, Section.ROOT_CAUSE, end.ref, _params(words=words))
    if not chain.linked and (complete or settled):
        yield Finding(Detail.CHAIN_NOT_LINKED, Section.ROOT_CAUSE, chain.ref)


def _people(document: Document) -> frozenset[str]:
    return frozenset(
        {
            document.metadata.author,
            *document.metadata.reviewers,
            *(holder.name for holder in document.review.holders),
            *(action.owner for action in document.actions),
        }
        - {""}
    )


def _live(document: Document) -> tuple[Action, ...]:
    """The actions that count: a dropped one is exempt from every rule."""
    return tuple(action for action in document.actions if action.status is not ActionStatus.DROPPED)


def _actions(document: Document) -> Iterator[Finding]:
    actions = _live(document)
    if not actions and not document.review.no_action_reason:
        yield Finding(Detail.NO_ACTION, Section.ACTIONS, NO_ACTION_REASON)
    for action in actions:
        for detail in _missing_in(action):
            yield Finding(detail, Section.ACTIONS, action.ref, _params(title=action.title))


def _missing_in(action: Action) -> Iterator[Detail]:
    match action.horizon:
        case Horizon.IMMEDIATE:
            if not action.owner:
                yield Detail.OWNER_MISSING
            if action.status is not ActionStatus.DONE:
                yield Detail.IMMEDIATE_NOT_DONE
        case Horizon.SHORT | Horizon.MEDIUM:
            if not action.owner:
                yield Detail.OWNER_MISSING
            if not action.deadline:
                yield Detail.DEADLINE_MISSING
        case Horizon.LONG:
            if not (action.owner and action.deadline) and not action.backlog_accepted:
                yield Detail.BACKLOG_NOT_ACCEPTED


ROLE_DETAILS: dict[Role, tuple[Detail, Detail, Detail]] = {
    Role.IC: (Detail.IC_MISSING, Detail.IC_APPROVAL_MISSING, Detail.IC_APPROVAL_LAPSED),
    Role.SME: (Detail.SME_MISSING, Detail.SME_APPROVAL_MISSING, Detail.SME_APPROVAL_LAPSED),
}


def _approvals(document: Document) -> Iterator[Finding]:
    """Every reviewed section needs the IC and an SME, and somebody who is not the author.

    An approval stays valid when its giver's role passes to someone else: it was given in that role.
    """
    review = document.review
    sections = document.reviewed_sections()
    current = {(approval.section, approval.role) for approval in review.approvals if approval.current}
    given = {(approval.section, approval.role) for approval in review.approvals}
    lacking: set[Section] = set()
    for role, (nobody, missing, lapsed) in ROLE_DETAILS.items():
        open_sections = [section for section in sections if (section, role) not in current]
        somebody = review.accounts(role)
        waived = role is Role.SME and not somebody and review.no_sme_reason
        if waived or not open_sections:
            continue
        lacking.update(open_sections)
        if not somebody:
            yield Finding(nobody, anchor=ROLES)
            continue
        for section in open_sections:
            yield Finding(lapsed if (section, role) in given else missing, section, section)
    authors = review.accounts(Role.AUTHOR)
    for section in sections:
        approvers = {a.account for a in review.approvals if a.section is section and a.current}
        if section not in lacking and approvers <= authors:
            yield Finding(Detail.AUTHOR_ONLY_APPROVER, section, section)


def _round(document: Document) -> Iterator[Finding]:
    review = document.review
    for challenge in review.challenges:
        if not challenge.settled:
            yield Finding(Detail.CHALLENGE_OPEN, challenge.section, challenge.ref)
    for form in review.forms:
        if not form.blameless and not form.settled:
            yield Finding(Detail.OBJECTION_OPEN, anchor=form.ref)
    authors = review.accounts(Role.AUTHOR)
    team = {holder.account for holder in review.holders if holder.account is not None} - authors
    answered = len({form.account for form in review.forms} - authors)
    expected = min(FORMS_NEEDED, len(team))
    if answered < expected:
        yield Finding(
            Detail.FORMS_MISSING, anchor=FORMS, params=_params(answered=answered, expected=expected)
        )


def _deadline(document: Document, timer: Clock) -> Iterator[Finding]:
    if timer.late and timer.last_day and not document.review.late_reason:
        params = _params(days=timer.policy.days, last_day=timer.last_day)
        yield Finding(Detail.LATE_WITHOUT_REASON, anchor=LATE_REASON, params=params)


def _follow_up(document: Document, now: datetime, today: date) -> Iterator[Finding]:
    if not document.metadata.next_review_on:
        yield Finding(Detail.NEXT_REVIEW_MISSING, anchor=NEXT_REVIEW)
    for action in document.actions:
        if action.status not in OPEN_STATUSES:
            continue
        if action.deadline and action.deadline < today and not _relaunched(action, now):
            params = _params(
                title=action.title,
                owner=action.owner,
                deadline=action.deadline,
                days=(today - action.deadline).days,
            )
            yield Finding(Detail.ACTION_LATE, Section.ACTIONS, action.ref, params)
        params = _params(title=action.title, owner=action.owner)
        yield Finding(Detail.ACTION_OPEN, Section.ACTIONS, action.ref, params)


def _relaunched(action: Action, now: datetime) -> bool:
    return action.relaunched_at is not None and now - action.relaunched_at <= RELAUNCH_PERIOD


def _hints(document: Document) -> Iterator[Finding]:
    actions = _live(document)
    wordings: tuple[tuple[Detail, Callable[[str, Language], str]], ...] = (
        (Detail.VAGUE_ACTION, hints.vague),
        (Detail.CHANGES_PEOPLE, hints.changes_people),
    )
    for action in actions:
        for detail, find in wordings:
            if words := find(action.title, document.language):
                yield Finding(detail, Section.ACTIONS, action.ref, _params(words=words))
        if not action.verification and action.horizon is not Horizon.IMMEDIATE:
            yield Finding(Detail.NOT_VERIFIABLE, Section.ACTIONS, action.ref, _params(title=action.title))
    yield from _balance(document, actions)
    if document.review.contributors < CONTRIBUTORS_EXPECTED:
        params = _params(count=document.review.contributors, expected=CONTRIBUTORS_EXPECTED)
        yield Finding(Detail.FEW_CONTRIBUTORS, anchor=ROLES, params=params)
    for metric in document.impact.metrics:
        if not metric.source and any(character.isdigit() for character in metric.value):
            yield Finding(
                Detail.FIGURE_WITHOUT_SOURCE, Section.IMPACT, metric.ref, _params(label=metric.label)
            )


def _balance(document: Document, actions: tuple[Action, ...]) -> Iterator[Finding]:
    """What the actions are worth together, or the decision that none is needed."""
    if not actions and not document.review.no_action_reason:
        return
    kinds = {action.kind for action in actions}
    horizons = {action.horizon for action in actions}
    if kinds and kinds <= {ActionKind.MITIGATE, ActionKind.REPAIR}:
        yield Finding(Detail.ONLY_MITIGATIONS, Section.ACTIONS, Section.ACTIONS)
    if len(actions) >= SAME_HORIZON_FROM and len(horizons) == 1:
        params = _params(horizon=actions[0].horizon, count=len(actions))
        yield Finding(Detail.SINGLE_HORIZON, Section.ACTIONS, Section.ACTIONS, params)
    visible = document.public or bool(document.impact.users)
    if document.severity is Severity.P1 and visible and ActionKind.PREVENT not in kinds:
        yield Finding(Detail.NO_PREVENTION, Section.ACTIONS, Section.ACTIONS)
