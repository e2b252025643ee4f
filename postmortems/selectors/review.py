"""What the review page shows beside the document: who said what and when, and what changed since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from postmortems.domain.document import Section, State
from postmortems.domain.status import Transition
from postmortems.messages import section_url
from postmortems.models import (
    Approval,
    Challenge,
    Change,
    Decision,
    Postmortem,
    ReviewForm,
    TransitionRecord,
)
from postmortems.models.choices import label
from postmortems.selectors.history import Entry, describe_changes
from postmortems.selectors.home import RETURNS

CHANGES_READ = 300
"""The most changes that one comparison looks at; the history has the others."""

APPEARED = (Change.Verb.CREATED, Change.Verb.RESTORED)


@dataclass(frozen=True, slots=True)
class SectionLink:
    """A section, and where it is written."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class SendBack:
    """Why a post-mortem is a draft again. ``at`` is in the document's zone; ``sections`` may be empty."""

    transition: Transition
    at: datetime
    by: str
    reason: str
    sections: tuple[SectionLink, ...]


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """Everything that was said in the review, oldest first; decisions by what they are about."""

    approvals: Sequence[Approval]
    challenges: Sequence[Challenge]
    forms: Sequence[ReviewForm]
    decisions: Mapping[str, Decision]
    transitions: Sequence[TransitionRecord]


def load_review(postmortem: Postmortem) -> ReviewRecord:
    """The review of a post-mortem, in five queries."""
    of_it = {"postmortem": postmortem}
    decisions = Decision.objects.filter(**of_it).select_related("user")
    return ReviewRecord(
        approvals=list(Approval.objects.filter(**of_it).select_related("user")),
        challenges=list(
            Challenge.objects.filter(**of_it).select_related("user", "answered_by", "settled_by")
        ),
        forms=list(ReviewForm.objects.filter(**of_it).select_related("user", "settled_by")),
        decisions={decision.about: decision for decision in decisions},
        transitions=list(TransitionRecord.objects.filter(**of_it).select_related("user")),
    )


def last_transition(postmortem: Postmortem) -> TransitionRecord | None:
    """The step that brought a post-mortem into its present state; None before the first."""
    return TransitionRecord.objects.filter(postmortem=postmortem).select_related("user").last()


def last_send_back(postmortem: Postmortem) -> SendBack | None:
    """Why a draft was sent back or reopened; None for a draft that never left, and in any other state."""
    last = last_transition(postmortem) if postmortem.state == State.DRAFTING else None
    return send_back_of(postmortem, [last] if last else [])


def send_back_of(postmortem: Postmortem, transitions: Sequence[TransitionRecord]) -> SendBack | None:
    """The same out of transitions that were read already, oldest first."""
    last = transitions[-1] if transitions else None
    if last is None or last.name not in RETURNS:
        return None
    return SendBack(
        transition=Transition(last.name),
        at=last.at.astimezone(ZoneInfo(postmortem.incident.zone)),
        by=str(last.user) if last.user else "",
        reason=last.note,
        sections=tuple(
            SectionLink(label(section), section_url(postmortem, section))
            for section in map(Section, last.sections)
        ),
    )


def changes_since(postmortem: Postmortem, since: Mapping[Section, int]) -> dict[Section, list[Entry]]:
    """What is different in sections now from how each was at a revision, in two queries.

    A field that changed several times is compared once, with what it was at that revision. Sections in
    which nothing is left of the changes are missing.
    """
    if not since:
        return {}
    later = Q()
    for section, revision in since.items():
        later |= Q(section=section, revision__gt=revision)
    changes = Change.objects.filter(later, postmortem=postmortem).select_related("user").order_by("id")
    net = net_changes(changes[:CHANGES_READ])
    found: dict[Section, list[Entry]] = {}
    for change, entry in zip(net, describe_changes(postmortem, net), strict=True):
        if entry.fields or entry.note or change.verb in {Change.Verb.CREATED, Change.Verb.DELETED}:
            found.setdefault(Section(change.section), []).append(entry)
    return found


def net_changes(changes: Iterable[Change]) -> list[Change]:
    """One change for each text and row out of all that happened to it, oldest first; not saved."""
    merged: dict[str, Change | None] = {}
    for change in changes:
        earlier = merged.get(change.target)
        merged[change.target] = _merge(earlier, change) if earlier else change
    return [change for change in merged.values() if change]


def _merge(earlier: Change, later: Change) -> Change | None:
    """None for a row that came and went."""
    verb = later.verb
    if earlier.verb in APPEARED:
        if later.verb == Change.Verb.DELETED:
            return None
        verb = earlier.verb
    elif later.verb != Change.Verb.DELETED and {earlier.verb, later.verb} != {Change.Verb.MOVED}:
        verb = Change.Verb.CHANGED
    before, after = {**later.before, **earlier.before}, {**earlier.after, **later.after}
    if verb != Change.Verb.MOVED:
        before.pop("position", None)
        after.pop("position", None)
    return Change(
        postmortem_id=later.postmortem_id,
        revision=later.revision,
        at=later.at,
        user=later.user,
        verb=verb,
        section=later.section,
        target=later.target,
        before=before,
        after=after if verb != Change.Verb.DELETED else {},
    )
