"""Writing a whole document that was read from a file."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from postmortems.domain.document import (
    UNKNOWN_TEXTS,
    Document,
    LessonKind,
    Milestone,
    Role,
    State,
    TextKey,
    text_limit,
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
    RoleAssignment,
    Row,
    Service,
    Text,
    TimelineEvent,
    User,
    Why,
    WhyChain,
)
from postmortems.models.fields import clean_line, too_long
from postmortems.services.attachments import Attachment, store_attachment
from postmortems.services.changes import advance, clean_only, record
from postmortems.services.incidents import Person, declare_incident, start_postmortem
from postmortems.services.timeline import follow_milestones

FINAL_STATES = frozenset({State.VALIDATED, State.CLOSED})
YEARS = range(1900, 2200)
"""Clocks and deadlines of other years cannot be reckoned with."""
_DATING = frozenset({Milestone.START, Milestone.DETECTED, Milestone.RESTORED})


def check_document(document: Document) -> None:
    """Raises ValidationError when a post-mortem cannot hold what the document does.

    Each of its messages says where the trouble is: the kind of row, its number, the field.
    """
    _Contents(document, None)


@transaction.atomic
def import_document(
    document: Document,
    *,
    actor: User,
    keep_state: bool,
    attachments: Mapping[str, Attachment] | None = None,
) -> Postmortem:
    """Stores a document as a new post-mortem, all of it or nothing.

    With ``keep_state`` a validated or closed document stays so, as it is staff who say that it was
    reviewed elsewhere; any other becomes a draft. No approval is invented: the file's reviewers are
    kept as names. A name becomes an account where exactly one active account bears it. ``attachments``
    are the files of its annexes, by their names there.

    Raises ValidationError as ``check_document`` does.
    """
    accounts = _Accounts()
    contents = _Contents(document, accounts)
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
    _write_texts(postmortem, contents)
    for rows in contents.rows:
        _insert(postmortem, rows)
    for chain, whys in zip(contents.chains, contents.whys, strict=True):
        for why in whys:
            why.chain = chain
        _insert(postmortem, whys)
    for reviewer in contents.reviewers:
        reviewer.postmortem = postmortem
    OutsideReviewer.objects.bulk_create(contents.reviewers)
    advance(postmortem)
    record(postmortem, actor, Change.Verb.IMPORTED, "postmortem", None, after={"title": document.title})
    follow_milestones(contents.events)
    _write_metadata(postmortem, document, contents.properties, keep_state=keep_state)
    for name, attachment in (attachments or {}).items():
        store_attachment(postmortem, name, attachment)
    postmortem.refresh_from_db()
    return postmortem


class _Contents:
    """What a document becomes, not stored yet: every value in its stored form and within its limits."""

    def __init__(self, document: Document, accounts: "_Accounts | None") -> None:
        self._troubles: list[str] = []
        self._check_days(document)
        self._check(Incident(title=document.title), "title")
        self.properties = Postmortem(
            organisation=document.organisation, next_review_note=document.metadata.next_review_note
        )
        self._check(self.properties, "organisation", "next_review_note")
        author = RoleAssignment(role=Role.AUTHOR, name=document.metadata.author)
        self._check(author, "name", place=author.get_role_display())
        self.texts = [self._text(key, body) for key, body in _bodies(document).items()]
        self.events = self._rows(_events(document))
        self.chains = self._rows(
            WhyChain(stop_reason=chain.stop_reason) for chain in document.root_cause.chains
        )
        self.whys = [
            self._rows(
                (Why(question=why.question, answer=why.answer, evidence=why.evidence) for why in chain.whys),
                within=f"{WhyChain._meta.verbose_name} {number}, ",
            )
            for number, chain in enumerate(document.root_cause.chains, 1)
        ]
        annexes = self._rows(_annexes(document))
        self._check_files(annexes)
        self.rows = [
            self.events,
            self.chains,
            annexes,
            *map(
                self._rows,
                (
                    _metrics(document),
                    _factors(document),
                    _diagrams(document),
                    _lessons(document),
                    _recommendations(document),
                    _actions(document, accounts),
                ),
            ),
        ]
        self.reviewers = self._reviewers(document.metadata.reviewers)
        if self._troubles:
            raise ValidationError(self._troubles)

    def _text(self, key: TextKey, body: str) -> Text:
        text, place = Text(key=key, body=body), key.replace("_", " ")
        self._check(text, "body", place=place)
        if len(text.body) > text_limit(key):
            self._complain((place,), too_long(text.body, text_limit(key)).messages)
        return text

    def _rows(self, rows: Iterable[Row], within: str = "") -> list[Any]:
        made = list(rows)
        for position, row in enumerate(made):
            row.position = position
            typed = (name for name in row.content if not row._meta.get_field(name).is_relation)
            self._check(row, *typed, place=f"{within}{row._meta.verbose_name} {position + 1}")
        groups = Counter(tuple(row.group().items()) for row in made)
        for count in groups.values():
            if count > made[0].limit:
                message = _("There may be at most %(limit)d rows of this kind; the file has %(count)d.")
                place = f"{within}{made[0]._meta.verbose_name}"
                self._complain((place,), [message % {"limit": made[0].limit, "count": count}])
        return made

    def _reviewers(self, names: Sequence[str]) -> list[OutsideReviewer]:
        kept = dict.fromkeys(filter(None, map(clean_line, names)))
        reviewers = [OutsideReviewer(name=name) for name in kept]
        for number, reviewer in enumerate(reviewers, 1):
            self._check(reviewer, "name", place=f"{reviewer._meta.verbose_name} {number}")
        return reviewers

    def _check(self, instance: Model, *fields: str, place: str = "") -> None:
        try:
            clean_only(instance, *fields)
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                field: Any = instance._meta.get_field(name)
                self._complain((place, str(field.verbose_name)), messages)

    def _check_days(self, document: Document) -> None:
        metadata = document.metadata
        days = {
            _("date"): document.date,
            _("written on"): metadata.written_on,
            _("updated on"): metadata.updated_on,
        }
        for number, event in enumerate(document.timeline.events, 1):
            days[f"{TimelineEvent._meta.verbose_name} {number}"] = event.at.date()
        for place, day in days.items():
            if day and day.year not in YEARS:
                message = _("%(day)s is not a day between %(first)d and %(last)d.")
                params = {"day": day.isoformat(), "first": YEARS[0], "last": YEARS[-1]}
                self._complain((place,), [message % params])

    def _check_files(self, annexes: Sequence[Annex]) -> None:
        owners: dict[str, int] = {}
        for number, annex in enumerate(annexes, 1):
            owner = owners.setdefault(annex.file, number)
            if annex.file and owner != number:
                message = _("“%(name)s” is the file of annex %(number)d already; name another.")
                place = f"{annex._meta.verbose_name} {number}"
                self._complain((place,), [message % {"name": annex.file, "number": owner}])

    def _complain(self, place: Sequence[str], messages: Iterable[str]) -> None:
        where = capfirst(", ".join(filter(None, place)))
        self._troubles += [f"{where}: {message}" for message in messages]


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
    """A document of which no milestone tells the day is still named by one; the declaration takes it."""
    if document.timeline.milestones().keys() & _DATING:
        return
    incident.declared_at = _noon(document.date, document.zone)
    incident.save(update_fields=["declared_at"])


def _bodies(document: Document) -> dict[TextKey, str]:
    return {
        TextKey.SUMMARY_IMPACT: document.summary.impact,
        TextKey.SUMMARY_CAUSE: document.summary.root_cause,
        TextKey.TLDR: document.summary.tldr,
        TextKey.IMPACT_USERS: document.impact.users,
        TextKey.IMPACT_REPUTATION: document.impact.reputation,
        TextKey.IMMEDIATE_CAUSE: document.root_cause.immediate,
        **{UNKNOWN_TEXTS[milestone]: reason for milestone, reason in document.timeline.unknown},
    }


def _write_texts(postmortem: Postmortem, contents: _Contents) -> None:
    bodies = {text.key: text.body for text in contents.texts}
    texts = list(Text.objects.filter(postmortem=postmortem))
    for text in texts:
        text.body = bodies.get(text.key, "")
    Text.objects.bulk_update(texts, ["body"])


def _insert(postmortem: Postmortem, rows: Sequence[Row]) -> None:
    for row in rows:
        row.postmortem = postmortem
    if rows:
        type(rows[0]).objects.bulk_create(rows)


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


def _actions(document: Document, accounts: _Accounts | None) -> Iterator[Row]:
    # The application of the actions imports this one, so its table is reached through the relation.
    model: Any = Postmortem._meta.get_field("actions").related_model
    for action in document.actions:
        owner = accounts.find(action.owner) if accounts and action.owner else None
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


def _write_metadata(
    postmortem: Postmortem, document: Document, properties: Postmortem, *, keep_state: bool
) -> None:
    metadata = document.metadata
    values: dict[str, Any] = {
        "next_review_on": metadata.next_review_on,
        "next_review_note": properties.next_review_note,
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
