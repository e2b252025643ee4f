"""Declaring an incident, starting its post-mortem, changing the facts and the people."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from postmortems.domain.document import Language, Milestone, Role, Section, Severity, TextKey
from postmortems.domain.status import BEFORE_VALIDATED, EVERY_STATE
from postmortems.models import (
    Change,
    Incident,
    OutsideReviewer,
    Postmortem,
    RoleAssignment,
    Service,
    Text,
    TimelineEvent,
    User,
)
from postmortems.services.changes import advance, differences, record, values_of
from postmortems.services.slugs import free_slug, settle_slug

FIRST_REVISION = 1


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody to put in a role: an account, or a name for a person without one."""

    role: Role
    user: User | None = None
    name: str = ""

    @property
    def shown(self) -> str:
        """The name that pages and the file show."""
        return str(self.user) if self.user else self.name


@transaction.atomic
def declare_incident(
    *,
    actor: User,
    title: str,
    severity: Severity,
    zone: str,
    started_at: datetime | None = None,
    detected_at: datetime | None = None,
    restored_at: datetime | None = None,
    services: Iterable[Service] = (),
    public: bool = False,
) -> Incident:
    """Records that an incident happened. Instants are aware; ``zone`` is an IANA name."""
    incident = Incident(
        title=title,
        severity=severity,
        zone=zone,
        started_at=started_at,
        detected_at=detected_at,
        restored_at=restored_at,
        public=public,
        declared_by=actor,
    )
    incident.clean_fields(exclude=["declared_by"])
    incident.save(force_insert=True)
    incident.services.set(services)
    return incident


@transaction.atomic
def start_postmortem(
    *,
    actor: User,
    incident: Incident,
    language: Language,
    people: Sequence[Person],
    organisation: str = "",
    visibility: str = Postmortem.INTERNAL,
) -> Postmortem:
    """Opens the post-mortem of an incident, with its texts and the timeline rows already known.

    Raises IntegrityError when the incident has one already.
    """
    postmortem = Postmortem(
        incident=incident,
        language=language,
        organisation=organisation,
        visibility=visibility,
        revision=FIRST_REVISION,
    )
    postmortem.clean_fields(exclude=["incident", "slug"])
    postmortem.slug = free_slug(postmortem)
    postmortem.save(force_insert=True)
    Text.objects.bulk_create(Text(postmortem=postmortem, key=key) for key in TextKey)
    _set_people(postmortem, people)
    TimelineEvent.objects.bulk_create(
        TimelineEvent(postmortem=postmortem, at=at, zone=incident.zone, text=text, milestone=milestone)
        for milestone, at, text in _known_moments(incident, language)
        if at
    )
    record(
        postmortem,
        actor,
        Change.Verb.CREATED,
        "postmortem",
        None,
        after={"title": incident.title, "people": _people_values(people)},
    )
    return postmortem


@transaction.atomic
def edit_incident(incident: Incident, *, actor: User, services: Iterable[Service] | None = None) -> Incident:
    """Saves the facts of an incident. Its times are only saved while it has no post-mortem.

    Raises NotEditable when its post-mortem's state forbids changes.
    """
    stored = Incident.objects.select_related("postmortem").get(pk=incident.pk)
    postmortem: Postmortem | None = getattr(stored, "postmortem", None)
    fields: tuple[str, ...] = ("title", "severity", "zone", "public")
    if postmortem is None:
        fields += ("started_at", "detected_at", "restored_at")
    incident.clean_fields(exclude=["declared_by"])
    old, new = differences(values_of(stored, fields), values_of(incident, fields))
    chosen = None if services is None else list(services)
    if chosen is not None:
        before = set(stored.services.values_list("name", flat=True))
        after = {service.name for service in chosen}
        if before != after:
            old["services"], new["services"] = sorted(before), sorted(after)
    if not new:
        return incident
    if postmortem is not None:
        advance(postmortem)
        record(postmortem, actor, Change.Verb.CHANGED, "incident", Section.SUMMARY, old, new)
    Incident.objects.filter(pk=incident.pk).update(**{name: getattr(incident, name) for name in fields})
    if chosen is not None:
        incident.services.set(chosen)
    if postmortem is not None:
        postmortem.incident = incident
        settle_slug(postmortem)
    return incident


@transaction.atomic
def edit_properties(postmortem: Postmortem, *, actor: User) -> Postmortem:
    """Saves language, organisation line, visibility and next review, in whatever state that is open.

    Language and organisation line are part of the text that was approved; the next review is not.
    Raises NotEditable.
    """
    text_fields, other_fields = (
        ("language", "organisation"),
        ("visibility", "next_review_on", "next_review_note"),
    )
    stored = Postmortem.objects.get(pk=postmortem.pk)
    postmortem.clean_fields(exclude=["incident", "slug"])
    for fields, section, states in (
        (text_fields, Section.SUMMARY, BEFORE_VALIDATED),
        (other_fields, None, EVERY_STATE),
    ):
        old, new = differences(values_of(stored, fields), values_of(postmortem, fields))
        if new:
            advance(postmortem, states)
            record(postmortem, actor, Change.Verb.CHANGED, "postmortem", section, old, new)
            Postmortem.objects.filter(pk=postmortem.pk).update(
                **{name: getattr(postmortem, name) for name in fields}
            )
    return postmortem


@transaction.atomic
def assign_people(postmortem: Postmortem, people: Sequence[Person], *, actor: User) -> None:
    """Puts exactly these people on the post-mortem, in any state."""
    before = [
        Person(Role(held.role), held.user, held.name)
        for held in postmortem.roles.select_related("user").order_by("id")
    ]
    old, new = _people_values(before), _people_values(people)
    if old == new:
        return
    advance(postmortem, EVERY_STATE)
    postmortem.roles.all().delete()
    _set_people(postmortem, people)
    record(postmortem, actor, Change.Verb.CHANGED, "people", None, old, new)


@transaction.atomic
def name_outside_reviewers(postmortem: Postmortem, names: Sequence[str], *, actor: User) -> None:
    """Names the people who reviewed without approving here, in this order, in any state."""
    before = list(postmortem.outside_reviewers.values_list("name", flat=True))
    wanted = list(dict.fromkeys(names))
    if before == wanted:
        return
    advance(postmortem, EVERY_STATE)
    postmortem.outside_reviewers.all().delete()
    for name in wanted:
        reviewer = OutsideReviewer(postmortem=postmortem, name=name)
        reviewer.clean_fields(exclude=["postmortem"])
        reviewer.save()
    record(
        postmortem,
        actor,
        Change.Verb.CHANGED,
        "outside_reviewers",
        None,
        {"names": before},
        {"names": wanted},
    )


def _set_people(postmortem: Postmortem, people: Sequence[Person]) -> None:
    assignments = [
        RoleAssignment(
            postmortem=postmortem, role=person.role, user=person.user, name="" if person.user else person.name
        )
        for person in people
    ]
    for assignment in assignments:
        assignment.clean_fields(exclude=["postmortem", "user"])
    RoleAssignment.objects.bulk_create(assignments)


def _people_values(people: Sequence[Person]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for person in people:
        values.setdefault(person.role, []).append(person.shown)
    return values


def _known_moments(incident: Incident, language: Language) -> list[tuple[Milestone, datetime | None, str]]:
    """The timeline's first rows; their texts are in the document's language, to be rewritten."""
    with translation.override(language):
        return [
            (Milestone.START, incident.started_at, _("The impact begins")),
            (Milestone.DETECTED, incident.detected_at, _("The incident is detected")),
            (Milestone.RESTORED, incident.restored_at, _("The service is restored")),
        ]
