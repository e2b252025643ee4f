"""What waits for a person, over all post-mortems, in a fixed number of queries."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import Exists, Max, OuterRef, Q, Subquery

from postmortems.domain.criteria import FORMS_NEEDED
from postmortems.domain.deadline import Clock, Policy, clock
from postmortems.domain.document import (
    MANDATORY_SECTIONS,
    OPEN_STATUSES,
    Role,
    Section,
    Severity,
    State,
)
from postmortems.domain.status import OWNERS, UNDER_REVIEW, Transition
from postmortems.models import (
    Annex,
    Approval,
    Challenge,
    Change,
    Decision,
    Incident,
    Postmortem,
    ReviewForm,
    RoleAssignment,
    TransitionRecord,
    User,
)
from postmortems.models.json_rows import JsonRows
from postmortems.permissions import visible_postmortems
from postmortems.selectors.organisation import deadline_policy

SHOWN = 100
"""The most that each source adds to the list: who has more starts with the most urgent anyway."""

RETURNS = (Transition.COMPLETE, Transition.SEND_BACK, Transition.REOPEN)


class Waiting(StrEnum):
    """What is waited for, the most urgent first."""

    VALIDATE = "validate"
    VALIDATE_AGAIN = "validate_again"
    ANSWER_FORM = "answer_form"
    ANSWER_CHALLENGES = "answer_challenges"
    SETTLE_CHALLENGES = "settle_challenges"
    SETTLE_OBJECTIONS = "settle_objections"
    NAME_REVIEWER = "name_reviewer"
    CLOSE_ROUND = "close_round"
    SIGN_OFF = "sign_off"
    SENT_BACK = "sent_back"
    LATE_ACTION = "late_action"
    DRAFT = "draft"
    CLOSE = "close"
    DEBT = "debt"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits. ``target`` identifies the post-mortem, for a debt the incident.

    ``count`` counts sections, challenges, objections, or the days that an action is late, by the
    calendar of the incident's zone; ``due`` is the deadline of the action; ``note`` and ``by`` say why
    and by whom a text was sent back.
    """

    kind: Waiting
    target: str
    title: str
    severity: Severity
    clock: Clock | None = None
    count: int = 0
    role: Role | None = None
    public: bool = False
    action: str = ""
    action_id: int = 0
    due: date | None = None
    note: str = ""
    by: str = ""


def waiting_for(user: User, now: datetime) -> list[Item]:
    """Everything that waits for a person, most urgent first: what is late, then in the order of kinds.

    Incidents that lack a required post-mortem wait for everybody, and come last. ``now`` is an
    aware instant. Four queries.
    """
    policy = deadline_policy()
    items = [
        *(item for postmortem in _mine(user) for item in _steps(postmortem, user, now, policy)),
        *_late_actions(user, now),
        *_debts(now, policy),
    ]
    rank = {kind: place for place, kind in enumerate(Waiting)}
    return sorted(
        items,
        key=lambda item: (
            item.kind is Waiting.DEBT,
            not _late(item),
            rank[item.kind],
            _due(item),
            item.title,
        ),
    )


def latest_validated(user: User) -> Postmortem | None:
    """The post-mortem to read when nothing waits."""
    validated = visible_postmortems(user).filter(state=State.VALIDATED)
    return validated.select_related("incident").order_by("-updated_at").first()


def _late(item: Item) -> bool:
    return item.kind is Waiting.LATE_ACTION or bool(item.clock and item.clock.late)


def _due(item: Item) -> str:
    """Sorts what has no deadline behind what has one."""
    if item.due:
        return item.due.isoformat()
    return item.clock.due.isoformat() if item.clock and item.clock.due else "~"


def _mine(user: User) -> Any:
    pk = OuterRef("pk")
    held = RoleAssignment.objects.filter(user=user).values("postmortem_id")
    asked = Challenge.objects.filter(user=user, settled_at__isnull=True).values("postmortem_id")
    actions: Any = Postmortem._meta.get_field("actions").related_model
    last = TransitionRecord.objects.filter(postmortem=pk).order_by("-id")
    return (
        visible_postmortems(user)
        .filter(Q(pk__in=held) | Q(pk__in=asked, state=State.CHALLENGE))
        .exclude(state=State.CLOSED)
        .select_related("incident")
        .annotate(
            held_roles=JsonRows(RoleAssignment.objects.filter(postmortem=pk), role="role", account="user_id"),
            given=JsonRows(
                Approval.objects.of_this_review().filter(postmortem=pk),
                section="section",
                role="role",
                revision="revision",
            ),
            changed=JsonRows(
                Change.objects.filter(postmortem=pk)
                .exclude(section="")
                .order_by()
                .values("section")
                .annotate(last=Max("revision")),
                section="section",
                last="last",
            ),
            asked=JsonRows(
                Challenge.objects.filter(postmortem=pk, settled_at__isnull=True),
                account="user_id",
                answered_at="answered_at",
            ),
            answered=JsonRows(
                ReviewForm.objects.filter(postmortem=pk),
                account="user_id",
                blameless="blameless",
                settled_at="settled_at",
            ),
            has_annexes=Exists(Annex.objects.live().filter(postmortem=pk)),
            has_open_actions=Exists(actions.objects.live().filter(postmortem=pk, status__in=OPEN_STATUSES)),
            without_sme=Exists(Decision.objects.filter(postmortem=pk, about=Decision.NO_SME)),
            last_step=Subquery(last.values("name")[:1]),
            last_note=Subquery(last.values("note")[:1]),
            last_actor=Subquery(last.values("user__display_name")[:1]),
        )
        .order_by("-updated_at")[:SHOWN]
    )


def _steps(postmortem: Any, user: User, now: datetime, policy: Policy) -> Iterator[Item]:
    roles = frozenset(Role(row["role"]) for row in postmortem.held_roles if row["account"] == user.pk)
    state = State(postmortem.state)
    incident = postmortem.incident

    def item(kind: Waiting, **fields: Any) -> Item:
        timer = clock(incident.ended_at, Severity(incident.severity), now, policy, incident.zone)
        running = None if state is State.VALIDATED else timer
        return Item(kind, postmortem.pk, incident.title, Severity(incident.severity), running, **fields)

    open_by_role = {role: _not_approved(postmortem, role) for role in (Role.IC, Role.SME)}
    if state in UNDER_REVIEW:
        for role, sections in open_by_role.items():
            if role in roles and sections:
                given = {row["section"] for row in postmortem.given if row["role"] == role}
                kind = Waiting.VALIDATE_AGAIN if sections <= given else Waiting.VALIDATE
                yield item(kind, count=len(sections), role=role)
            if sections and roles & OWNERS and not _accounts(postmortem, role):
                yield item(Waiting.NAME_REVIEWER, role=role)
    match state:
        case State.CHALLENGE:
            for kind, count in _round(postmortem, user, roles, approved=not any(open_by_role.values())):
                yield item(kind, count=count)
        case State.FOLLOW_UP if Role.LEAD in roles:
            yield item(Waiting.SIGN_OFF)
        case State.VALIDATED if Role.LEAD in roles and not postmortem.has_open_actions:
            yield item(Waiting.CLOSE)
        case State.DRAFTING if Role.AUTHOR in roles:
            if postmortem.last_step in RETURNS:
                yield item(Waiting.SENT_BACK, note=postmortem.last_note, by=postmortem.last_actor or "")
            else:
                yield item(Waiting.DRAFT)


def _accounts(postmortem: Any, role: Role) -> set[int]:
    return {row["account"] for row in postmortem.held_roles if row["role"] == role and row["account"]}


def _not_approved(postmortem: Any, role: Role) -> frozenset[str]:
    """The sections without a current approval in a role; none where the team waived its SME."""
    if role is Role.SME and not _accounts(postmortem, role) and postmortem.without_sme:
        return frozenset()
    changed = {row["section"]: row["last"] for row in postmortem.changed}
    current = {
        row["section"]
        for row in postmortem.given
        if row["role"] == role and changed.get(row["section"], 0) <= row["revision"]
    }
    annexes = {Section.ANNEXES} if postmortem.has_annexes else set()
    return frozenset(section.value for section in {*MANDATORY_SECTIONS, *annexes} if section not in current)


def _round(
    postmortem: Any, user: User, roles: frozenset[Role], *, approved: bool
) -> Iterator[tuple[Waiting, int]]:
    authors = _accounts(postmortem, Role.AUTHOR)
    team = {row["account"] for row in postmortem.held_roles if row["account"]} - authors
    reviewers = {row["account"] for row in postmortem.answered} - authors
    if user.pk in team and user.pk not in reviewers:
        yield Waiting.ANSWER_FORM, 0
    mine = [row for row in postmortem.asked if row["account"] == user.pk and row["answered_at"]]
    if mine:
        yield Waiting.SETTLE_CHALLENGES, len(mine)
    if not roles & OWNERS:
        return
    unanswered = [row for row in postmortem.asked if not row["answered_at"]]
    objections = [row for row in postmortem.answered if not row["blameless"] and not row["settled_at"]]
    if unanswered:
        yield Waiting.ANSWER_CHALLENGES, len(unanswered)
    if objections:
        yield Waiting.SETTLE_OBJECTIONS, len(objections)
    heard = len(reviewers) >= min(FORMS_NEEDED, len(team))
    if approved and heard and not postmortem.asked and not objections:
        yield Waiting.CLOSE_ROUND, 0


def _late_actions(user: User, now: datetime) -> Iterator[Item]:
    actions: Any = Postmortem._meta.get_field("actions").related_model
    # The day has begun somewhere up to 14 hours ahead of UTC; ``is_late`` looks closer.
    last_day = (now + timedelta(hours=14)).date()
    due = (
        actions.objects.live()
        .filter(
            owner=user,
            status__in=OPEN_STATUSES,
            deadline__lt=last_day,
            postmortem__in=visible_postmortems(user).values("pk"),
        )
        .select_related("postmortem__incident")
        .order_by("deadline", "id")[:SHOWN]
    )
    for action in due:
        if not action.is_late(now):
            continue
        incident = action.postmortem.incident
        yield Item(
            Waiting.LATE_ACTION,
            action.postmortem_id,
            incident.title,
            Severity(incident.severity),
            count=-action.days_left(now),
            action=action.title,
            action_id=action.pk,
            due=action.deadline,
        )


def _debts(now: datetime, policy: Policy) -> Iterator[Item]:
    owed = Incident.objects.filter(postmortem__isnull=True).filter(Q(severity=Severity.P1) | Q(public=True))
    for incident in owed.order_by("declared_at")[:SHOWN]:
        severity = Severity(incident.severity)
        timer = clock(incident.restored_at, severity, now, policy, incident.zone)
        yield Item(Waiting.DEBT, incident.pk, incident.title, severity, timer, public=incident.public)
