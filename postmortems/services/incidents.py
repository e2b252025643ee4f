"""Declaring an incident, starting its post-mortem, changing the facts and the people."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Model
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
from postmortems.selectors.history import FACTS_PAGE, PEOPLE_PAGE, last_change
from postmortems.services.changes import (
    ServiceError,
    Stale,
    Values,
    advance,
    differences,
    lock,
    record,
    refuse_stale,
    values_of,
)
from postmortems.services.review import open_round_if_ready
from postmortems.services.slugs import settle_slug, take_slug
from postmortems.services.timeline import follow_timeline

FIRST_REVISION = 1
FACTS = ("title", "severity", "zone", "public")
MOMENTS = ("started_at", "detected_at", "restored_at")
TEXT_PROPERTIES = ("language", "organisation")
OTHER_PROPERTIES = ("visibility", "next_review_on", "next_review_note")


class AlreadyStarted(ServiceError):
    """The incident has a post-mortem already."""


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

    Raises AlreadyStarted.
    """
    stored = Incident.objects.select_for_update().get(pk=incident.pk)
    if Postmortem.objects.filter(incident=stored).exists():
        raise AlreadyStarted
    postmortem = Postmortem(
        incident=stored,
        language=language,
        organisation=organisation,
        visibility=visibility,
        revision=FIRST_REVISION,
    )
    postmortem.clean_fields(exclude=["incident", "slug"])
    take_slug(postmortem, lambda: postmortem.save(force_insert=True))
    Text.objects.bulk_create(Text(postmortem=postmortem, key=key) for key in TextKey)
    _set_people(postmortem, people)
    TimelineEvent.objects.bulk_create(
        TimelineEvent(postmortem=postmortem, at=at, zone=stored.zone, text=text, milestone=milestone)
        for milestone, at, text in _known_moments(stored, language)
        if at
    )
    follow_timeline(postmortem)
    record(
        postmortem,
        actor,
        Change.Verb.CREATED,
        "postmortem",
        None,
        after={"title": stored.title, "people": _people_values(people)},
    )
    return postmortem


@transaction.atomic
def edit_incident(
    incident: Incident,
    *,
    actor: User,
    services: Collection[Service] | None = None,
    seen: int | None = None,
) -> None:
    """Saves the facts and the times of an incident that has no post-mortem.

    ``seen`` is the last change that the actor saw (``last_change``), None to save over any. Raises Stale
    when there was another since, or when somebody started the post-mortem.
    """
    stored = Incident.objects.select_for_update().get(pk=incident.pk)
    if Postmortem.objects.filter(incident=stored).exists():
        raise Stale
    incident.clean_fields(exclude=["declared_by"])
    fields = (*FACTS, *MOMENTS)
    old, new = _changed_facts(stored, incident, fields, services)
    if not new:
        return
    last = last_change(FACTS_PAGE, incident=stored)
    refuse_stale(seen, last)
    change = Change(
        incident=stored,
        revision=last + 1,
        user=actor,
        verb=Change.Verb.CHANGED,
        target="incident",
        before=old,
        after=new,
    )
    change.save(force_insert=True)
    _save_facts(incident, fields, services)


@transaction.atomic
def edit_properties(
    postmortem: Postmortem,
    *,
    actor: User,
    services: Collection[Service] | None = None,
    seen: int | None = None,
) -> None:
    """Saves the facts of the incident, and language, organisation line, visibility and next review.

    Visibility and next review are no part of the text that was approved: they change in any state.
    ``seen`` is the last change that the actor saw (``last_change``), None to save over any. Raises Stale
    when there was another since, and NotEditable.
    """
    stored = lock(postmortem)
    incident = postmortem.incident
    incident.clean_fields(exclude=["declared_by"])
    postmortem.clean_fields(exclude=["incident", "slug"])
    parts = (
        ("incident", Section.SUMMARY, _changed_facts(stored.incident, incident, FACTS, services)),
        ("postmortem", Section.SUMMARY, _changed(stored, postmortem, TEXT_PROPERTIES)),
        ("postmortem", None, _changed(stored, postmortem, OTHER_PROPERTIES)),
    )
    changed = [(target, section, old, new) for target, section, (old, new) in parts if new]
    if not changed:
        return
    refuse_stale(seen, last_change(FACTS_PAGE, postmortem=stored))
    for target, section, old, new in changed:
        advance(stored, BEFORE_VALIDATED if section else EVERY_STATE)
        record(stored, actor, Change.Verb.CHANGED, target, section, old, new)
    properties = (*TEXT_PROPERTIES, *OTHER_PROPERTIES)
    Postmortem.objects.filter(pk=stored.pk).update(**{name: getattr(postmortem, name) for name in properties})
    if any(target == "incident" for target, *_rest in changed):
        _save_facts(incident, FACTS, services)
        settle_slug(Postmortem.objects.select_related("incident").get(pk=stored.pk))


@transaction.atomic
def assign_people(
    postmortem: Postmortem,
    people: Sequence[Person],
    *,
    actor: User,
    outside: Sequence[str] | None = None,
    seen: int | None = None,
) -> None:
    """Puts exactly these people on the post-mortem, in any state.

    ``outside`` names those who reviewed without approving here, in this order; None leaves them. ``seen``
    is the last change that the actor saw (``last_change``), None to save over any. Raises Stale when
    there was another since.
    """
    stored = lock(postmortem)
    held = [
        Person(Role(assignment.role), assignment.user, assignment.name)
        for assignment in stored.roles.select_related("user").order_by("id")
    ]
    named = list(stored.outside_reviewers.values_list("name", flat=True))
    wanted = named if outside is None else list(dict.fromkeys(outside))
    parts = (
        ("people", held != list(people), _people_values(held), _people_values(people)),
        ("outside_reviewers", named != wanted, {"names": named}, {"names": wanted}),
    )
    changed = {target: (old, new) for target, differs, old, new in parts if differs}
    if not changed:
        return
    refuse_stale(seen, last_change(PEOPLE_PAGE, postmortem=stored))
    for target, (old, new) in changed.items():
        advance(stored, EVERY_STATE)
        record(stored, actor, Change.Verb.CHANGED, target, None, old, new)
    if "people" in changed:
        stored.roles.all().delete()
        _set_people(stored, people)
    if "outside_reviewers" in changed:
        stored.outside_reviewers.all().delete()
        _set_outside_reviewers(stored, wanted)
    open_round_if_ready(stored, actor=actor)


def _changed(before: Model, after: Model, fields: tuple[str, ...]) -> tuple[Values, Values]:
    return differences(values_of(before, fields), values_of(after, fields))


def _changed_facts(
    before: Incident, after: Incident, fields: tuple[str, ...], services: Collection[Service] | None
) -> tuple[Values, Values]:
    old, new = _changed(before, after, fields)
    if services is not None:
        held = sorted(before.services.values_list("name", flat=True))
        chosen = sorted(service.name for service in services)
        if held != chosen:
            old["services"], new["services"] = held, chosen
    return old, new


def _save_facts(incident: Incident, fields: tuple[str, ...], services: Collection[Service] | None) -> None:
    Incident.objects.filter(pk=incident.pk).update(**{name: getattr(incident, name) for name in fields})
    if services is not None:
        incident.services.set(services)


def _set_outside_reviewers(postmortem: Postmortem, names: Sequence[str]) -> None:
    reviewers = [OutsideReviewer(postmortem=postmortem, name=name) for name in names]
    for reviewer in reviewers:
        reviewer.clean_fields(exclude=["postmortem"])
    OutsideReviewer.objects.bulk_create(reviewers)


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
