"""Writing a whole document that was read from a file."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from postmortems.domain.document import (
    UNKNOWN_TEXTS,
    Document,
    LessonKind,
    Role,
    State,
    TextKey,
)
from postmortems.models import (
    Annex,
    Change,
    ContributingFactor,
    Diagram,
    ImpactMetric,
    Incident,
    Lesson,
    OutsideReviewer,
    Postmortem,
    Recommendation,
    Row,
    Service,
    Text,
    TimelineEvent,
    User,
    Why,
    WhyChain,
)
from postmortems.services.changes import advance, clean_only, record
from postmortems.services.incidents import Person, declare_incident, start_postmortem
from postmortems.services.timeline import follow_milestones

FINAL_STATES = frozenset({State.VALIDATED, State.CLOSED})


@transaction.atomic
def import_document(document: Document, *, actor: User, keep_state: bool) -> Postmortem:
    """Stores a document as a new post-mortem, all of it or nothing.

    With ``keep_state`` a validated or closed document stays so, as it is staff who say that it was
    reviewed elsewhere; any other becomes a draft. No approval is invented: the file's reviewers are
    kept as names. A name becomes an account where exactly one active account bears it.

    Raises ValidationError, naming the field, for a value over its limit.
    """
    accounts = _Accounts()
    incident = declare_incident(
        actor=actor,
        title=document.title,
        severity=document.severity,
        zone=document.zone,
        public=document.public,
    )
    incident.services.set(Service.objects.filter(name__in=document.services))
    _date_incident(incident, document)
    postmortem = start_postmortem(
        actor=actor,
        incident=incident,
        language=document.language,
        organisation=document.organisation,
        people=_people(document, actor, accounts),
    )
    _write_texts(postmortem, document)
    events = _insert(postmortem, _events(document))
    for rows in (
        _metrics(document),
        _factors(document),
        _diagrams(document),
        _lessons(document),
        _annexes(document),
    ):
        _insert(postmortem, rows)
    _insert(postmortem, _recommendations(document))
    _write_chains(postmortem, document)
    _insert(postmortem, _actions(postmortem, document, accounts))
    for name in document.metadata.reviewers:
        OutsideReviewer.objects.create(postmortem=postmortem, name=name)
    advance(postmortem)
    record(postmortem, actor, Change.Verb.IMPORTED, "postmortem", None, after={"title": document.title})
    follow_milestones(events)
    _write_metadata(postmortem, document, keep_state=keep_state)
    postmortem.refresh_from_db()
    return postmortem


class _Accounts:
    """Finds the account that a name means, if there is exactly one."""

    def __init__(self) -> None:
        self._by_name: dict[str, list[User]] = {}
        for user in User.objects.filter(is_active=True):
            self._by_name.setdefault(user.display_name.casefold(), []).append(user)

    def find(self, name: str) -> User | None:
        """The account of that display name."""
        found = self._by_name.get(name.casefold(), [])
        return found[0] if len(found) == 1 else None


def _people(document: Document, actor: User, accounts: _Accounts) -> list[Person]:
    author = document.metadata.author
    if not author:
        return [Person(Role.AUTHOR, actor)]
    account = accounts.find(author)
    people = [Person(Role.AUTHOR, account, "" if account else author)]
    if account != actor:
        people.append(Person(Role.PARTICIPANT, actor))
    return people


def _date_incident(incident: Incident, document: Document) -> None:
    """A document without a known start is still named by its day, so the declaration takes that day."""
    if document.timeline.milestones():
        return
    incident.declared_at = datetime.combine(document.date, time(12), ZoneInfo(document.zone)).astimezone(UTC)
    incident.save(update_fields=["declared_at"])


def _write_texts(postmortem: Postmortem, document: Document) -> None:
    bodies = {
        TextKey.SUMMARY_IMPACT: document.summary.impact,
        TextKey.SUMMARY_CAUSE: document.summary.root_cause,
        TextKey.TLDR: document.summary.tldr,
        TextKey.IMPACT_USERS: document.impact.users,
        TextKey.IMPACT_REPUTATION: document.impact.reputation,
        TextKey.IMMEDIATE_CAUSE: document.root_cause.immediate,
        **{UNKNOWN_TEXTS[milestone]: reason for milestone, reason in document.timeline.unknown},
    }
    texts = list(Text.objects.filter(postmortem=postmortem))
    for text in texts:
        text.body = bodies[TextKey(text.key)] if text.key in bodies else ""
        clean_only(text, "body")
    Text.objects.bulk_update(texts, ["body"])


def _insert(postmortem: Postmortem, rows: Iterator[Row]) -> Sequence[Row]:
    made = list(rows)
    for position, row in enumerate(made):
        row.postmortem = postmortem
        row.position = position
        clean_only(row, *(name for name in row.content if not row._meta.get_field(name).is_relation))
    if made:
        type(made[0]).objects.bulk_create(made)
    return made


def _events(document: Document) -> Iterator[Row]:
    for event in document.timeline.events:
        yield TimelineEvent(
            at=event.at,
            zone=document.zone,
            text=event.text,
            milestone=event.milestone or "",
            source=event.source,
        )


def _metrics(document: Document) -> Iterator[Row]:
    for metric in document.impact.metrics:
        yield ImpactMetric(label=metric.label, value=metric.value, source=metric.source)


def _factors(document: Document) -> Iterator[Row]:
    for factor in document.root_cause.factors:
        yield ContributingFactor(factor=factor.factor, impact=factor.impact, category=factor.category)


def _diagrams(document: Document) -> Iterator[Row]:
    for diagram in document.root_cause.diagrams:
        yield Diagram(body=diagram.body, caption=diagram.caption, syntax=diagram.syntax)


def _lessons(document: Document) -> Iterator[Row]:
    lessons = document.lessons
    for kind, items in (
        (LessonKind.WENT_WELL, lessons.went_well),
        (LessonKind.NOT_WELL, lessons.not_well),
        (LessonKind.LUCKY, lessons.lucky),
    ):
        for item in items:
            yield Lesson(list=kind, title=item.title, text=item.text)


def _recommendations(document: Document) -> Iterator[Row]:
    for item in document.lessons.recommendations:
        yield Recommendation(domain=item.domain, text=item.text)


def _annexes(document: Document) -> Iterator[Row]:
    for annex in document.annexes:
        yield Annex(
            type=annex.kind,
            title=annex.title,
            label=annex.label,
            url=annex.url,
            body=annex.body,
            file=annex.file,
            outcome=annex.outcome or "",
        )


def _write_chains(postmortem: Postmortem, document: Document) -> None:
    chains = _insert(
        postmortem, (WhyChain(stop_reason=chain.stop_reason) for chain in document.root_cause.chains)
    )
    for row, chain in zip(chains, document.root_cause.chains, strict=True):
        _insert(
            postmortem,
            (
                Why(chain_id=row.pk, question=why.question, answer=why.answer, evidence=why.evidence)
                for why in chain.whys
            ),
        )


def _actions(postmortem: Postmortem, document: Document, accounts: _Accounts) -> Iterator[Row]:
    # The application of the actions imports this one, so its table is reached through the relation.
    model: Any = postmortem._meta.get_field("actions").related_model
    for action in document.actions:
        owner = accounts.find(action.owner) if action.owner else None
        yield model(
            title=action.title,
            horizon=action.horizon,
            status=action.status,
            owner=owner,
            owner_name="" if owner else action.owner,
            deadline=action.deadline,
            description=action.description,
            action_kind=action.kind or "",
            verification=action.verification,
            tracker=action.tracker,
        )


def _write_metadata(postmortem: Postmortem, document: Document, *, keep_state: bool) -> None:
    metadata = document.metadata
    values: dict[str, Any] = {
        "next_review_on": metadata.next_review_on,
        "next_review_note": metadata.next_review_note,
    }
    for column, day in (("created_at", metadata.written_on), ("updated_at", metadata.updated_on)):
        if day:
            values[column] = _noon(day, document.zone)
    if keep_state and document.state in FINAL_STATES:
        values["state"] = document.state
        values["validated_at"] = values.get("updated_at")
    Postmortem.objects.filter(pk=postmortem.pk).update(**values)


def _noon(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(12), ZoneInfo(zone)).astimezone(UTC)
