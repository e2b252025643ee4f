"""The list of post-mortems: filtered, newest incident first, one page at a time."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from postmortems.domain.deadline import SEVERE, Clock, Policy, clock
from postmortems.domain.document import ActionStatus, Severity, State
from postmortems.domain.status import BEFORE_VALIDATED
from postmortems.models import Incident, Postmortem, Service, User
from postmortems.models.json_rows import JsonRows
from postmortems.permissions import visible_postmortems
from postmortems.selectors.document import incident_date

PAGE = 25
OPEN_ACTION = (ActionStatus.TODO, ActionStatus.DOING)


@dataclass(frozen=True, slots=True)
class Query:
    """What the list is narrowed to; a field left empty narrows nothing.

    ``since`` and ``until`` are days of incidents, in their own zones, both included. ``late`` means
    past the deadline for validating, or with a late action.
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
        .select_related("incident")
        .annotate(
            services=JsonRows(Service.objects.filter(incidents__postmortem=OuterRef("pk")), name="name"),
            late_actions=Coalesce(
                Subquery(
                    _late_actions(now).order_by().values("postmortem").annotate(n=Count("pk")).values("n")
                ),
                0,
            ),
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
        overdue = Q(
            state__in=BEFORE_VALIDATED,
            incident__severity__in=SEVERE,
            incident__restored_at__lt=_overdue_before(now, policy),
        )
        found = found.filter(overdue | Q(Exists(_late_actions(now))))
    return found


def _late_actions(now: datetime) -> Any:
    """The late actions of one post-mortem.

    An index of statuses would lead SQLite to those of all the others first: hence the exclusion.
    """
    actions: Any = Postmortem._meta.get_field("actions").related_model
    finished = [status for status in ActionStatus if status not in OPEN_ACTION]
    return (
        actions.objects.live()
        .filter(postmortem=OuterRef("pk"), deadline__lt=now.date())
        .exclude(status__in=finished)
    )


def _overdue_before(now: datetime, policy: Policy) -> datetime:
    """Incidents that ended before this instant are past their deadline.

    Exact where every day counts; with business days to the day, as a database cannot ask each
    incident's zone for its midnight.
    """
    if not policy.business:
        return now - timedelta(days=policy.days)
    ended = datetime.combine(now.date(), datetime.min.time(), UTC)
    while not clock(ended, Severity.P1, now, policy, "UTC").late:
        ended -= timedelta(days=1)
    return ended + timedelta(days=1)


def _entry(row: Any, now: datetime, policy: Policy) -> Entry:
    incident = row.incident
    state, severity = State(row.state), Severity(incident.severity)
    running = state in BEFORE_VALIDATED
    return Entry(
        identifier=row.pk,
        title=incident.title,
        day=incident_date(row),
        severity=severity,
        state=state,
        restricted=row.visibility == Postmortem.RESTRICTED,
        services=tuple(sorted(service["name"] for service in row.services)),
        clock=clock(incident.restored_at, severity, now, policy, incident.zone) if running else None,
        late_actions=row.late_actions,
    )
