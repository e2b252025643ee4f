"""Acceptance criteria, executable: one evaluation feeds the side panel, the gates, the API and the commands.

What they can say is in ``findings``; this says when.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
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
from postmortems.domain.findings import (
    FORMS,
    LATE_REASON,
    NEXT_REVIEW,
    NO_ACTION_REASON,
    ROLES,
    Detail,
    Finding,
    OpenBlame,
    Param,
    Report,
)
from postmortems.domain.timeline import TimelineCode, TimelineFinding, check

# The numbers of the review guide: how long a relaunch counts, how many reviewers other than the author
# answer the form, how many people a post-mortem expects, from how many actions on one horizon is odd.
RELAUNCH_PERIOD = timedelta(days=7)
FORMS_NEEDED = 2
CONTRIBUTORS_EXPECTED = 2
SAME_HORIZON_FROM = 3

TIMELINE_DETAILS: dict[TimelineCode, Detail] = {
    TimelineCode.MISSING_MILESTONE: Detail.MILESTONE_MISSING,
    TimelineCode.OUT_OF_ORDER: Detail.OUT_OF_ORDER,
    TimelineCode.IN_FUTURE: Detail.IN_FUTURE,
    TimelineCode.LONG_BEFORE_START: Detail.LONG_BEFORE_START,
    TimelineCode.SILENT_GAP: Detail.SILENT_GAP,
    TimelineCode.MISSING_SOURCES: Detail.SOURCES_MISSING,
}


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
