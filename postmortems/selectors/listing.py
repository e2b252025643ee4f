"""The list of post-mortems: filtered, newest incident first, one page at a time."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet

from postmortems.domain.deadline import SEVERE, Clock, Policy, clock, last_late_end
from postmortems.domain.document import OPEN_STATUSES, ActionStatus, Severity, State
from postmortems.domain.status import BEFORE_VALIDATED
from postmortems.models import Incident, Postmortem, Service, User
from postmortems.models.json_rows import JsonRows
from postmortems.permissions import visible_postmortems

PAGE = 25
DAY_LENGTH = len("2024-02-15")


@dataclass(frozen=True, slots=True)
class Query:
    """What the list is narrowed to; a field left empty narrows nothing.

    ``since`` and ``until`` are days of incidents, in their own zones, both included. ``late`` means
    past the deadline for validating, or with a late action, each by the calendar of the incident's zone.
    """

    words: str = ""
    state: str = ""
    severity: str = ""
    service: int | None = None
    since: date | None = None
    until: date | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the list. ``clock`` runs until the post-mortem is validated."""

    identifier: str
    title: str
    day: date
    severity: Severity
    state: State
    restricted: bool
    services: tuple[str, ...]
    clock: Clock | None
    late_actions: int


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list. ``more`` tells that another follows: nothing is ever counted."""

    entries: tuple[Entry, ...]
    number: int
    more: bool


def list_postmortems(user: User, query: Query, number: int, now: datetime, policy: Policy) -> Page:
    """A page of the post-mortems that a person may read, in one query.

    The slug begins with the incident's date and is indexed: it gives the order and the period, so
    that a page costs the same however many post-mortems there are.
    """
    start = (number - 1) * PAGE
    rows: list[Any] = list(
        _narrowed(user, query, now, policy)
        .values(
            "pk",
            "slug",
            "state",
            "visibility",
            "incident__title",
            "incident__severity",
            "incident__zone",
            "incident__ended_at",
            services=JsonRows(Service.objects.filter(incidents__postmortem=OuterRef("pk")), name="name"),
            deadlines=JsonRows(_open_actions().filter(deadline__isnull=False), on="deadline"),
        )
        .order_by("-slug")[start : start + PAGE + 1]
    )
    return Page(tuple(_entry(row, now, policy) for row in rows[:PAGE]), number, len(rows) > PAGE)


def _narrowed(user: User, query: Query, now: datetime, policy: Policy) -> QuerySet[Postmortem]:
    found = visible_postmortems(user)
    about = Q(**({"severity": query.severity} if query.severity else {}))
    for word in query.words.split():
        about &= Q(title__icontains=word)
    if about:
        # Asked of one incident after the other, so that no database starts from all of them.
        found = found.filter(Exists(Incident.objects.filter(about, pk=OuterRef("incident_id"))))
    if query.state:
        found = found.filter(state=query.state)
    if query.service is not None:
        through = Incident.services.through
        touched = through.objects.filter(incident=OuterRef("incident_id"), service_id=query.service)
        found = found.filter(Exists(touched))
    if query.since:
        found = found.filter(slug__gte=query.since.isoformat())
    if query.until and query.until < date.max:
        found = found.filter(slug__lt=(query.until + timedelta(days=1)).isoformat())
    if query.late:
        found = found.filter(_late(now, policy))
    return found


def _open_actions() -> Any:
    """The open actions of one post-mortem.

    An index of statuses would lead SQLite to those of all the others first: hence the exclusion.
    """
    finished = [status for status in ActionStatus if status not in OPEN_STATUSES]
    return _actions().objects.live().filter(postmortem=OuterRef("pk")).exclude(status__in=finished)


def _actions() -> Any:
    """The application of the actions imports this one, so its table is reached through the relation."""
    return Postmortem._meta.get_field("actions").related_model


def _late(now: datetime, policy: Policy) -> Q:
    """Past the deadline for validating, or with a late action, by the calendar of each zone in use.

    Asked of one post-mortem after the other: late actions are looked for only until a page is full.
    """
    unfinished = Q(state__in=BEFORE_VALIDATED, incident__severity__in=SEVERE)
    found = Q(pk__in=[])
    for zone in Incident.objects.order_by().values_list("zone", flat=True).distinct():
        overdue = unfinished & Q(incident__ended_at__lte=last_late_end(now, policy, zone))
        today = now.astimezone(ZoneInfo(zone)).date()
        late_actions = Q(Exists(_open_actions().filter(deadline__lt=today)))
        found |= Q(incident__zone=zone) & (overdue | late_actions)
    return found


def _entry(row: dict[str, Any], now: datetime, policy: Policy) -> Entry:
    state, severity, zone = State(row["state"]), Severity(row["incident__severity"]), row["incident__zone"]
    today = now.astimezone(ZoneInfo(zone)).date()
    running = state in BEFORE_VALIDATED
    return Entry(
        identifier=row["pk"],
        title=row["incident__title"],
        day=date.fromisoformat(row["slug"][:DAY_LENGTH]),
        severity=severity,
        state=state,
        restricted=row["visibility"] == Postmortem.RESTRICTED,
        services=tuple(sorted(service["name"] for service in row["services"])),
        clock=clock(row["incident__ended_at"], severity, now, policy, zone) if running else None,
        late_actions=sum(date.fromisoformat(action["on"]) < today for action in row["deadlines"]),
    )
