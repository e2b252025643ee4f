"""The review page: where the review stands, and the one thing that the reader can do now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from postmortems.domain.challenge import silent_until
from postmortems.domain.document import ActionStatus, Role, Section, State
from postmortems.domain.findings import LATE_REASON, NO_ACTION_REASON, Detail, Finding
from postmortems.domain.status import (
    MANAGERS,
    OWNERS,
    TRANSITIONS,
    UNDER_REVIEW,
    Ability,
    Transition,
    allowed,
)
from postmortems.forms.review import (
    AnswerForm,
    ChallengeForm,
    DecisionForm,
    ReviewAnswerForm,
    SettleForm,
    TransitionForm,
)
from postmortems.messages import BEFORE, NEXT_STEPS, TRANSITION_LABELS, describe_clock, section_url
from postmortems.models import Approval, Challenge, Decision, ReviewForm
from postmortems.models.choices import label
from postmortems.permissions import Access, may_settle, may_settle_objection
from postmortems.selectors.history import Entry
from postmortems.selectors.review import ReviewRecord, changes_since, load_review, send_back_of
from postmortems.services.review import Standing, decidable, evaluate_now
from postmortems.views.requests import SignedInRequest
from postmortems.views.workspace import Point, people_who, points

DECISIONS = {
    Decision.LATE: LATE_REASON,
    Decision.NO_ACTION: NO_ACTION_REASON,
    Decision.NO_SME: "no_sme_reason",
}
"""The exceptions, and where on the page each one is."""

CONSEQUENCES: dict[Transition, str | Promise] = {
    Transition.SUBMIT: _(
        "The incident commander and the experts are asked to approve each section. "
        "The text can still change; approvals of a section that changes lapse."
    ),
    Transition.COMPLETE: _("It becomes a draft again. Approvals stay, except those of sections that change."),
    Transition.OPEN_ROUND: _(
        "Nothing is missing any more. Whoever can read it can challenge it from then on."
    ),
    Transition.CLOSE_ROUND: _("The lead follows the actions up and signs the post-mortem off."),
    Transition.SEND_BACK: _(
        "It becomes a draft again. Approvals of sections that change lapse, "
        "and the next round asks every reviewer anew."
    ),
    Transition.SIGN_OFF: _("The text becomes read-only, and the post-mortem can be published."),
    Transition.CLOSE: _("Its follow-up ends. It can be reopened with a reason."),
    Transition.REOPEN: _("It becomes a draft again and passes the whole review once more."),
}
"""What a step will do, beside its button."""

BACKWARD = frozenset({Transition.COMPLETE, Transition.SEND_BACK, Transition.REOPEN})


class Step(StrEnum):
    """The cards of the page, in the order of the review."""

    DRAFT = "draft"
    VALIDATION = "validation"
    CHALLENGE = "challenge"
    FOLLOW_UP = "follow_up"
    VALIDATED = "validated"


STEPS = {
    State.DRAFTING: Step.DRAFT,
    State.VALIDATION: Step.VALIDATION,
    State.CHALLENGE: Step.CHALLENGE,
    State.FOLLOW_UP: Step.FOLLOW_UP,
    State.VALIDATED: Step.VALIDATED,
    State.CLOSED: Step.VALIDATED,
}


class Given(StrEnum):
    """What a reviewer said about a section.

    It lapsed when the section changed, and ``reopened`` when the whole review began anew; ``unneeded``
    when another expert's approval is enough.
    """

    CURRENT = "current"
    LAPSED = "lapsed"
    REOPENED = "reopened"
    UNNEEDED = "unneeded"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something was not done: sentences, findings to mend, sections that changed since a revision.

    ``typed`` is what has no form on the page any more; ``roles`` are those who may take the step.
    """

    sentences: Sequence[str]
    findings: Sequence[Finding] = ()
    typed: str = ""
    roles: Sequence[Role] = ()
    changed: Sequence[Section] = ()
    since: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """A state on the line of progress; ``at`` is when it was last reached."""

    label: str
    status: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Column:
    """A reviewer in a role. ``mine`` when the reader holds it and can approve now."""

    role: Role
    account: int
    name: str
    mine: bool

    @property
    def key(self) -> str:
        """Names the form that the column's boxes belong to."""
        return f"approve-{self.role}"

    @property
    def label(self) -> str:
        """The role's name."""
        return label(self.role)


@dataclass(frozen=True, slots=True)
class Cell:
    """What the reviewer of a column said about the section of a row."""

    column: Column
    given: Given
    approval: Approval | None
    checked: bool

    @property
    def open(self) -> bool:
        """Whether the reader can approve here."""
        return self.column.mine and self.given is not Given.CURRENT


@dataclass(frozen=True, slots=True)
class Line:
    """A section in the table of approvals, with what changed since the reader approved it."""

    section: Section
    url: str
    cells: Sequence[Cell]
    changes: Sequence[Entry]

    @property
    def label(self) -> str:
        """The section's name."""
        return label(self.section)


@dataclass(frozen=True, slots=True)
class Offer:
    """A step that the reader's roles permit now."""

    transition: Transition
    form: TransitionForm

    @property
    def label(self) -> str:
        """The verb."""
        return str(TRANSITION_LABELS[self.transition])

    @property
    def consequence(self) -> str:
        """What will happen."""
        return str(CONSEQUENCES[self.transition])

    @property
    def backward(self) -> bool:
        """Whether it leads back to drafting."""
        return self.transition in BACKWARD


@dataclass(frozen=True, slots=True)
class ChallengeItem:
    """A challenge, with the forms that the reader may use on it.

    ``waits_until`` is when the incident commander may settle it, while only its challenger may.
    """

    challenge: Challenge
    answer: AnswerForm | None = None
    settle: SettleForm | None = None
    waits_until: datetime | None = None

    @property
    def answer_key(self) -> str:
        """Names its form to answer."""
        return f"answer-{self.challenge.pk}"

    @property
    def settle_key(self) -> str:
        """Names its form to settle."""
        return f"settle-{self.challenge.pk}"

    @property
    def section(self) -> str:
        """The name of the section that it questions."""
        return label(Section(self.challenge.section))


@dataclass(frozen=True, slots=True)
class ReviewAnswer:
    """A reviewer's answer. ``may_settle`` when it is an open objection that the reader can settle."""

    answer: ReviewForm
    may_settle: bool
    counted: bool

    @property
    def key(self) -> str:
        """Names its button to settle."""
        return f"objection-{self.answer.pk}"


@dataclass(frozen=True, slots=True)
class DecisionItem:
    """An exception to a rule: signed, or with a form to sign it."""

    about: str
    anchor: str
    signed: Decision | None
    form: DecisionForm | None


def review_page(
    request: SignedInRequest,
    access: Access,
    *,
    typed: Mapping[str, forms.Form] | None = None,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; ``typed`` are forms that were refused, by their key, and ``refused`` says why."""
    standing = evaluate_now(access.postmortem.pk)
    context = _Composer(access, standing, load_review(access.postmortem), typed or {}, refused).context()
    return render(request, "postmortems/review.html", context, status=status)


class _Composer:
    """Puts the page together from the document, its evaluation and the record of the review."""

    def __init__(
        self,
        access: Access,
        standing: Standing,
        record: ReviewRecord,
        typed: Mapping[str, forms.Form],
        refused: Refused | None,
    ) -> None:
        self.access, self.record, self.typed, self.refused = access, record, typed, refused
        self.document, self.report = standing.document, standing.report
        self.state, self.now = standing.document.state, timezone.now()
        self.sections = standing.document.reviewed_sections()
        self.all_approved = not standing.report.blocking(Transition.OPEN_ROUND)
        # The round opens by itself: it is opened by hand only when it got stuck.
        self.offered = [
            each
            for each in allowed(self.state, access.roles)
            if each is not Transition.OPEN_ROUND or self.all_approved
        ]

    def context(self) -> dict[str, Any]:
        """Everything that the template asks for."""
        access, document, record = self.access, self.document, self.record
        step = NEXT_STEPS.get(self.state)
        blocking = points(access, document, self.report.blocking(step)) if step else []
        columns = self.columns()
        lines = self.lines(columns)
        challenges = [self.challenge(each) for each in record.challenges]
        answers = [self.answer(each) for each in record.forms]
        mine = next((each for each in record.forms if each.user_id == access.user.pk), None)
        target = self.next_point(blocking)
        primary = self.primary(lines, challenges, answers, mine, blocking, target)
        return {
            "access": access,
            "postmortem": access.postmortem,
            "incident": access.postmortem.incident,
            "document": document,
            "current": "review",
            "state_label": label(self.state),
            "clock": describe_clock(self.report.clock),
            "refused": self.refused,
            "refused_points": points(access, document, self.refused.findings) if self.refused else [],
            "refused_lines": self.changed_lines(lines),
            "mistaken": [form for form in self.typed.values() if form.is_bound and form.errors],
            "marks": self.marks(),
            "card": STEPS[self.state],
            "yours": self.card_of(primary),
            "primary": primary,
            "target": target,
            "people": [
                (label(role), people_who(document, [role]))
                for role in Role
                if any(holder.role is role for holder in document.review.holders)
            ],
            "sent_back": send_back_of(access.postmortem, record.transitions)
            if self.state is State.DRAFTING
            else None,
            "heading": BEFORE[step] if step else "",
            "blocking": [each for each in blocking if not self.is_shown(each, step)],
            "step_label": TRANSITION_LABELS[step] if step else "",
            "step_by": people_who(document, TRANSITIONS[step].sources[self.state]) if step else "",
            "step_mine": step in self.offered or (step is Transition.OPEN_ROUND and not self.all_approved),
            "offers": [self.offer(each) for each in sorted(self.offered, key=BACKWARD.__contains__)],
            "columns": columns,
            "lines": lines,
            "mine": [each for each in columns if each.mine and self.is_open(each, lines)],
            "approved": bool(record.approvals),
            "all_approved": self.all_approved,
            "answering": access.may(Ability.ANSWER_FORM),
            "lapses": any(cell.given is Given.LAPSED for line in lines for cell in line.cells),
            "challenges": challenges,
            "challenge_form": self.typed.get("challenge") or ChallengeForm(self.sections),
            "answers": answers,
            "my_answer": mine,
            "review_form": self.typed.get("form") or ReviewAnswerForm(mine),
            "is_author": Role.AUTHOR in access.roles,
            "decisions": {item.about: item for item in self.decisions()},
            "progress": self.progress(),
        }

    def card_of(self, primary: str) -> str:
        """The card that holds what the reader can do now; sections are approved in theirs in any state."""
        if primary.startswith("approve"):
            return Step.VALIDATION
        return STEPS[self.state] if primary else ""

    def marks(self) -> list[Mark]:
        """The states in order, each with the moment of the last step that led to it."""
        zone = ZoneInfo(self.access.postmortem.incident.zone)
        reached = {State(each.target): each.at.astimezone(zone) for each in self.record.transitions}
        order = list(State)
        here = order.index(self.state)
        return [
            Mark(
                label(state),
                "done" if place < here else "current" if place == here else "",
                reached.get(state) if place <= here else None,
            )
            for place, state in enumerate(order)
        ]

    def columns(self) -> list[Column]:
        """The IC and each expert with an account, then others whose approval still counts."""
        review, user = self.document.review, self.access.user
        mine = self.access.roles if self.state in UNDER_REVIEW else frozenset()
        held = [
            (holder.role, holder.account)
            for role in (Role.IC, Role.SME)
            for holder in review.holders
            if holder.role is role and holder.account is not None
        ]
        former = [(each.role, each.account) for each in review.approvals if each.current]
        names = {holder.account: holder.name for holder in review.holders}
        names |= {each.user_id: str(each.user) for each in self.record.approvals}
        return [
            Column(role, account, names[account], account == user.pk and role in mine)
            for role, account in dict.fromkeys(held + former)
        ]

    def lines(self, columns: Sequence[Column]) -> list[Line]:
        """The table: what everybody said about every section."""
        approvals = self.document.review.approvals
        given_now = {(a.section, a.role, a.account) for a in approvals}
        current = {(a.section, a.role, a.account) for a in approvals if a.current}
        last = {(a.section, a.role, a.user_id): a for a in self.record.approvals}
        covered = {(section, role) for section, role, __ in current}

        def cell(section: Section, column: Column) -> Cell:
            key = (section, column.role, column.account)
            if key in current:
                given = Given.CURRENT
            elif (section, column.role) in covered:
                given = Given.UNNEEDED
            elif key in given_now:
                given = Given.LAPSED
            else:
                given = Given.REOPENED if key in last else Given.MISSING
            return Cell(column, given, last.get(key), self.is_checked(section, column))

        cells = {section: [cell(section, column) for column in columns] for section in self.sections}
        since = self.seen_by_reader(cells)
        changes = changes_since(self.access.postmortem, since)
        return [
            Line(
                section,
                section_url(self.access.postmortem, section),
                cells[section],
                changes.get(section, []),
            )
            for section in self.sections
        ]

    def seen_by_reader(self, cells: Mapping[Section, Sequence[Cell]]) -> dict[Section, int]:
        """The revision at which the reader last approved each section that they are asked for again."""
        seen = {
            section: max(cell.approval.revision for cell in row if cell.column.mine and cell.approval)
            for section, row in cells.items()
            if any(cell.open and cell.approval for cell in row)
        }
        if self.refused:
            seen |= dict.fromkeys(self.refused.changed, self.refused.since)
        return seen

    def is_checked(self, section: Section, column: Column) -> bool:
        """Whether the box was ticked on the page that was refused; what changed since is to be read first."""
        form = self.typed.get(column.key) if column.mine else None
        if form is None or (self.refused and section in self.refused.changed):
            return False
        return bool(form.data.get("all")) or section in (form["sections"].value() or ())

    def changed_lines(self, lines: Sequence[Line]) -> list[Line]:
        """The sections that changed while the reader was reading."""
        return [line for line in lines if self.refused and line.section in self.refused.changed]

    def is_open(self, column: Column, lines: Sequence[Line]) -> bool:
        """Whether the reader has something left to approve in a column."""
        return any(cell.open for line in lines for cell in line.cells if cell.column == column)

    def offer(self, step: Transition) -> Offer:
        """A step with its form."""
        form = self.typed.get(step.value)
        return Offer(step, form if isinstance(form, TransitionForm) else TransitionForm(step, self.sections))

    def challenge(self, challenge: Challenge) -> ChallengeItem:
        """A challenge with the forms that the reader may use."""
        if self.state is not State.CHALLENGE or challenge.settled_at:
            return ChallengeItem(challenge)
        answer, settle = self.typed.get(f"answer-{challenge.pk}"), self.typed.get(f"settle-{challenge.pk}")
        roles, settles = (
            self.access.roles,
            may_settle(self.access, challenge, self.now),
        )
        return ChallengeItem(
            challenge,
            (answer if isinstance(answer, AnswerForm) else AnswerForm(challenge)) if roles else None,
            (settle if isinstance(settle, SettleForm) else SettleForm(challenge)) if settles else None,
            None if settles else silent_until(challenge.last_word_at),
        )

    def answer(self, answer: ReviewForm) -> ReviewAnswer:
        """A reviewer's answer."""
        objection = not answer.blameless and not answer.settled_at and self.state is State.CHALLENGE
        settles = may_settle_objection(self.access, answer)
        authors = self.document.review.accounts(Role.AUTHOR)
        return ReviewAnswer(answer, objection and settles, answer.user_id not in authors)

    def decisions(self) -> list[DecisionItem]:
        """Exceptions that are signed or that could be, each with a form for those who may sign it."""
        details = {finding.detail for finding in self.report.findings}
        wanted = {
            Decision.LATE: self.report.clock.late,
            Decision.NO_ACTION: Detail.NO_ACTION in details,
            Decision.NO_SME: Detail.SME_MISSING in details,
        }
        return [
            DecisionItem(about, DECISIONS[about], signed, self.decision_form(about, signed))
            for about, asked in wanted.items()
            if (signed := self.record.decisions.get(about)) or asked or about in self.typed
        ]

    def decision_form(self, about: str, signed: Decision | None) -> DecisionForm | None:
        """The form of an exception; None for those who may not sign it now."""
        if not self.access.roles & MANAGERS or self.state not in decidable(about):
            return None
        form = self.typed.get(about)
        if isinstance(form, DecisionForm):
            return form
        return DecisionForm(about, reason=signed.reason if signed else "")

    def progress(self) -> dict[str, int]:
        """How many actions count, and how many are finished."""
        live = [a for a in self.document.actions if a.status is not ActionStatus.DROPPED]
        return {"total": len(live), "done": sum(a.status is ActionStatus.DONE for a in live)}

    def is_shown(self, point: Point, step: Transition | None) -> bool:
        """Whether the table of approvals says it already."""
        return step is Transition.OPEN_ROUND and self.on_this_page(point.url)

    def on_this_page(self, url: str) -> bool:
        """Whether an address is of this very page."""
        return url.partition("#")[0] == reverse("postmortems:review", args=[self.access.postmortem.pk])

    def next_point(self, blocking: Sequence[Point]) -> Point | None:
        """The first thing to mend elsewhere by the reader."""
        return next((each for each in blocking if each.mine and not self.on_this_page(each.url)), None)

    def primary(
        self,
        lines: Sequence[Line],
        challenges: Sequence[ChallengeItem],
        answers: Sequence[ReviewAnswer],
        mine: ReviewForm | None,
        blocking: Sequence[Point],
        target: Point | None,
    ) -> str:
        """The one thing that the reader can do now: the name of a step, of a form, or nothing."""
        asked = [
            cell.column.key
            for line in lines
            for cell in line.cells
            if cell.open and cell.given is not Given.UNNEEDED
        ]
        if asked:
            return sorted(asked)[0]
        if self.state is State.CHALLENGE and (found := self.asked_in_round(challenges, answers, mine)):
            return found
        step = NEXT_STEPS.get(self.state)
        if step in self.offered and not blocking:
            return str(step)
        if target and self.access.roles:
            return "next"
        if self.access.may(Ability.CHALLENGE) and not self.access.roles & OWNERS:
            return "challenge"
        return "export" if self.state is State.VALIDATED else ""

    def asked_in_round(
        self,
        challenges: Sequence[ChallengeItem],
        answers: Sequence[ReviewAnswer],
        mine: ReviewForm | None,
    ) -> str:
        """What the challenge round waits for from the reader."""
        roles, user = self.access.roles, self.access.user
        if mine is None and Role.AUTHOR not in roles:
            return "form"
        for item in challenges:
            if item.answer and not item.challenge.answer and roles & OWNERS:
                return item.answer_key
            if item.settle and item.challenge.answer and item.challenge.user_id == user.pk:
                return item.settle_key
        return next((each.key for each in answers if each.may_settle), "")
