"""The review: approvals, transitions, challenges, review forms, decisions."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from postmortems.domain.criteria import evaluate
from postmortems.domain.document import Document, Role, Section, State
from postmortems.domain.findings import Report
from postmortems.domain.gate import Refusal, refusal
from postmortems.domain.status import (
    BEFORE_VALIDATED,
    CHALLENGE_ROUND,
    EVERY_STATE,
    REVIEWERS,
    TRANSITIONS,
    UNDER_REVIEW,
    Transition,
)
from postmortems.models import (
    Approval,
    Challenge,
    Change,
    Decision,
    Postmortem,
    ReviewForm,
    TransitionRecord,
    User,
)
from postmortems.models.fields import clean_text
from postmortems.permissions import access_postmortem, may_settle, may_settle_objection
from postmortems.selectors.document import load_document
from postmortems.selectors.organisation import deadline_policy
from postmortems.services.changes import (
    NotEditable,
    RowConflict,
    ServiceError,
    Values,
    advance,
    clean_only,
    lock,
    record,
)


class TransitionRefused(ServiceError):
    """A transition that cannot happen now; ``refusal`` lists what is missing and who can mend it."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.transition.value)
        self.refusal = reason


class SectionsChanged(ServiceError):
    """Sections changed after the reviewer opened them, so that they would approve what they never saw."""

    def __init__(self, sections: Iterable[Section]) -> None:
        super().__init__("changed")
        self.sections = tuple(sections)


@dataclass(frozen=True, slots=True)
class Standing:
    """A document together with its evaluation, both of one moment."""

    document: Document
    report: Report


def evaluate_now(postmortem_id: str) -> Standing:
    """Reads and evaluates a post-mortem."""
    document = load_document(postmortem_id)
    return Standing(document, evaluate(document, timezone.now(), deadline_policy()))


@transaction.atomic
def change_state(
    postmortem: Postmortem,
    transition: Transition,
    *,
    actor: User,
    note: str = "",
    sections: Iterable[Section] = (),
) -> State:
    """Takes a step of the workflow, once: of two people who do it together the second is refused.

    Returns the new state: a submission of what is approved already leads on to the challenge round.
    Raises TransitionRefused.
    """
    lock(postmortem)
    standing = evaluate_now(postmortem.pk)
    roles = access_postmortem(actor, postmortem.pk).roles
    chosen = tuple(sections)
    reason = refusal(transition, standing.document, roles, standing.report, reason=note, sections=chosen)
    if reason is not None:
        raise TransitionRefused(reason)
    state = _take(standing.document, transition, actor=actor, note=note, sections=chosen)
    return open_round_if_ready(postmortem, actor=actor) if state is State.VALIDATION else state


def open_round_if_ready(postmortem: Postmortem, *, actor: User) -> State:
    """Opens the challenge round when nothing stands in its way any more; returns the state afterwards.

    Every service that can remove the last obstacle ends with this, in its own transaction and with the
    post-mortem locked: it is never left in validation with nothing to wait for.
    """
    standing = evaluate_now(postmortem.pk)
    state = standing.document.state
    if state is not State.VALIDATION or standing.report.blocking(Transition.OPEN_ROUND):
        return state
    return _take(standing.document, Transition.OPEN_ROUND, actor=actor)


@transaction.atomic
def approve_sections(
    postmortem: Postmortem, role: Role, sections: Iterable[Section], seen_revision: int, *, actor: User
) -> State:
    """Approves sections in one of the actor's roles, as they were at ``seen_revision``.

    The last approval needed opens the challenge round by itself. Returns the state afterwards.
    Raises SectionsChanged, saving nothing, when one of them changed since, NotEditable outside the
    review, and PermissionDenied when the actor does not hold the role.
    """
    chosen = tuple(sections)
    if role not in access_postmortem(actor, postmortem.pk).roles & REVIEWERS:
        raise PermissionDenied
    advance(postmortem, UNDER_REVIEW)
    changed = dict(
        Change.objects.filter(postmortem=postmortem, section__in=chosen, revision__gt=seen_revision)
        .order_by()
        .values_list("section")
        .annotate(last=Max("revision"))
    )
    if changed:
        raise SectionsChanged(section for section in chosen if section in changed)
    Approval.objects.bulk_create(
        [
            Approval(postmortem=postmortem, section=section, role=role, user=actor, revision=seen_revision)
            for section in chosen
        ],
        ignore_conflicts=True,
    )
    return open_round_if_ready(postmortem, actor=actor)


@transaction.atomic
def raise_challenge(postmortem: Postmortem, section: Section, body: str, *, actor: User) -> Challenge:
    """Opens a challenge in the challenge round. Raises NotEditable, ValidationError."""
    advance(postmortem, CHALLENGE_ROUND)
    challenge = Challenge(postmortem=postmortem, section=section, body=body, user=actor)
    clean_only(challenge, "section", "body")
    challenge.save()
    return challenge


@transaction.atomic
def answer_challenge(challenge: Challenge, answer: str, *, actor: User) -> Challenge:
    """Answers a challenge; a later answer replaces the one that ``challenge`` carries.

    Raises RowConflict when somebody answered or settled it since, NotEditable, ValidationError.
    """
    advance(challenge.postmortem, CHALLENGE_ROUND)
    unchanged = _unchanged(challenge)
    challenge.answer, challenge.answered_by, challenge.answered_at = answer, actor, timezone.now()
    clean_only(challenge, "answer")
    answered = unchanged.update(answer=challenge.answer, answered_by=actor, answered_at=challenge.answered_at)
    if not answered:
        raise _overtaken(challenge)
    return challenge


@transaction.atomic
def settle_challenge(challenge: Challenge, outcome: str, *, actor: User) -> None:
    """Marks a challenge as settled, with what came of it.

    Raises RowConflict when somebody answered or settled it since it was read, NotEditable, and
    PermissionDenied for whoever may not settle it (yet).
    """
    if not may_settle(access_postmortem(actor, challenge.postmortem_id), challenge, timezone.now()):
        raise PermissionDenied
    advance(challenge.postmortem, CHALLENGE_ROUND)
    settled = _unchanged(challenge).update(
        settled_by=actor, settled_at=timezone.now(), outcome=clean_text(outcome)
    )
    if not settled:
        raise _overtaken(challenge)


@transaction.atomic
def answer_review_form(postmortem: Postmortem, *, blameless: bool, remark: str, actor: User) -> ReviewForm:
    """Records a reviewer's answers; answering again replaces them. Raises NotEditable."""
    advance(postmortem, CHALLENGE_ROUND)
    form, _created = ReviewForm.objects.update_or_create(
        postmortem=postmortem,
        user=actor,
        defaults={
            "blameless": blameless,
            "remark": clean_text(remark),
            "settled_by": None,
            "settled_at": None,
            "at": timezone.now(),
        },
    )
    return form


@transaction.atomic
def settle_objection(form: ReviewForm, *, actor: User) -> None:
    """Settles the objection of a reviewer who did not find the text blameless.

    Raises RowConflict when somebody settled it or the reviewer answered anew since it was read,
    NotEditable, and PermissionDenied for whoever may not settle it.
    """
    if not may_settle_objection(access_postmortem(actor, form.postmortem_id), form):
        raise PermissionDenied
    advance(form.postmortem, CHALLENGE_ROUND)
    objection = ReviewForm.objects.filter(pk=form.pk, at=form.at, blameless=False, settled_at__isnull=True)
    settled = objection.update(settled_by=actor, settled_at=timezone.now())
    if not settled:
        raise RowConflict(ReviewForm.objects.select_related("user", "settled_by").filter(pk=form.pk).first())


@transaction.atomic
def decide(postmortem: Postmortem, about: str, reason: str, *, actor: User) -> State:
    """Signs an exception to a rule with its reason; an empty reason takes it back.

    The reason that is signed already changes nothing. Returns the state afterwards, since a waiver can
    be the last thing that the challenge round waited for. Raises NotEditable, ValidationError.
    """
    state = State(lock(postmortem).state)
    signed = Decision.objects.filter(postmortem=postmortem, about=about)
    before: Values = dict(signed.values("reason").first() or {})
    after: Values = {}
    if reason.strip():
        decision = Decision(postmortem=postmortem, about=about, reason=reason, user=actor)
        clean_only(decision, "about", "reason")
        after = {"reason": decision.reason}
    if before == after:
        return state
    advance(postmortem, decidable(about))
    if after:
        Decision.objects.update_or_create(
            postmortem=postmortem, about=about, defaults={**after, "user": actor, "at": timezone.now()}
        )
    else:
        signed.delete()
    verb = Change.Verb.CHANGED if after else Change.Verb.DELETED
    record(postmortem, actor, verb, f"decision-{about}", _section_of(about), before, after)
    return open_round_if_ready(postmortem, actor=actor) if about == Decision.NO_SME else state


def decidable(about: str) -> frozenset[State]:
    """The states in which an exception may be signed: what concerns the text closes with the text."""
    return EVERY_STATE if about == Decision.LATE else BEFORE_VALIDATED


def _unchanged(challenge: Challenge) -> QuerySet[Challenge]:
    """The stored challenge, if nobody answered or settled it since it was read."""
    return Challenge.objects.filter(
        pk=challenge.pk, answered_at=challenge.answered_at, settled_at__isnull=True
    )


def _overtaken(challenge: Challenge) -> RowConflict:
    people = Challenge.objects.select_related("user", "answered_by", "settled_by")
    return RowConflict(people.get(pk=challenge.pk))


def _section_of(about: str) -> Section | None:
    return Section.ACTIONS if about == Decision.NO_ACTION else None


def _take(
    document: Document,
    transition: Transition,
    *,
    actor: User | None,
    note: str = "",
    sections: tuple[Section, ...] = (),
) -> State:
    target, now = TRANSITIONS[transition].target, timezone.now()
    changes = {"state": target, "revision": F("revision") + 1, "updated_at": now}
    if target is State.VALIDATED:
        changes["validated_at"] = now
    elif transition is Transition.REOPEN:
        changes["validated_at"] = None
    moved = Postmortem.objects.filter(pk=document.identifier, state=document.state).update(**changes)
    if not moved:
        raise NotEditable(document.state)
    if target is State.CHALLENGE:
        ReviewForm.objects.filter(postmortem_id=document.identifier).delete()
    TransitionRecord.objects.create(
        postmortem_id=document.identifier,
        name=transition,
        source=document.state,
        target=target,
        user=actor,
        note=clean_text(note),
        sections=list(sections),
    )
    return target
