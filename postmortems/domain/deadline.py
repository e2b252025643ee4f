"""How long a team has to validate the post-mortem of a severe incident. Pure: the present is passed in."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from postmortems.domain.document import Milestone, Severity, Timeline

SEVERE = frozenset({Severity.P1, Severity.P2})
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Policy:
    """An installation's rule.

    ``days`` after the end of the incident the document must be validated: days of 24 hours, or with
    ``business`` whole days from Monday to Friday that are not in ``holidays``. ``target_hours`` is the
    earlier aim shown to the team, always in hours by the clock. Raises ValueError below 1.
    """

    days: int = 5
    target_hours: int = 72
    business: bool = False
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if self.days < 1 or self.target_hours < 1:
            raise ValueError("a deadline is at least one day and a target at least one hour")


class Phase(StrEnum):
    """Whether the clock runs, and if not, why."""

    NOT_SEVERE = "not_severe"
    NOT_ENDED = "not_ended"
    RUNNING = "running"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Clock:
    """The state of the deadline, and the data that explain it.

    All instants are aware, in the document's zone. ``ended`` is when the incident ended, ``due`` the
    first instant that is too late, ``last_day`` the last day on which validating is still in time.
    ``remaining`` is the time left until ``due`` at present, or at ``validated_at`` for a stopped clock;
    it is negative when late. ``target_missed`` says the same of ``target``.
    """

    phase: Phase
    policy: Policy
    ended: datetime | None = None
    due: datetime | None = None
    last_day: date | None = None
    target: datetime | None = None
    validated_at: datetime | None = None
    remaining: timedelta | None = None
    late: bool = False
    target_missed: bool = False


def incident_end(timeline: Timeline) -> datetime | None:
    """When the incident ended: restored, else resolved, else None.

    If nobody could establish the restoration and said so, the last event stands in for it.
    """
    found = timeline.milestones()
    event = found.get(Milestone.RESTORED) or found.get(Milestone.RESOLVED)
    if event:
        return event.at
    declared = any(milestone is Milestone.RESTORED and reason for milestone, reason in timeline.unknown)
    return max((event.at for event in timeline.events), default=None) if declared else None


def clock(
    ended: datetime | None,
    severity: Severity,
    now: datetime,
    policy: Policy,
    zone: str,
    *,
    validated_at: datetime | None = None,
) -> Clock:
    """The deadline of a document at ``now``. All instants are aware.

    An end in the future is a slip of the pen (``timeline.check`` reports it) and starts no clock.
    Raises ZoneInfoNotFoundError when ``zone`` is not an IANA name.
    """
    if severity not in SEVERE:
        return Clock(Phase.NOT_SEVERE, policy)
    if ended is None or ended > now:
        return Clock(Phase.NOT_ENDED, policy)
    place = ZoneInfo(zone)
    due, last_day = _due(ended, policy, place)
    target = _after(ended, timedelta(hours=policy.target_hours), place)
    moment = validated_at or now
    remaining = due.astimezone(UTC) - moment.astimezone(UTC)
    return Clock(
        phase=Phase.STOPPED if validated_at else Phase.RUNNING,
        policy=policy,
        ended=ended.astimezone(place),
        due=due,
        last_day=last_day,
        target=target,
        validated_at=validated_at and validated_at.astimezone(place),
        remaining=remaining,
        late=remaining <= timedelta(),
        target_missed=moment >= target,
    )


def last_late_end(now: datetime, policy: Policy, zone: str) -> datetime:
    """The latest end of an incident of a zone whose deadline has passed at ``now``: ``clock`` for lists.

    Both instants are aware. Raises ZoneInfoNotFoundError when ``zone`` is not an IANA name.
    """
    if not policy.business:
        return now.astimezone(UTC) - timedelta(days=policy.days)
    place = ZoneInfo(zone)
    day, left = now.astimezone(place).date(), policy.days
    while left:
        day -= timedelta(days=1)
        left -= _works(day, policy)
    return datetime.combine(day, time(), place).astimezone(UTC) - timedelta(microseconds=1)


def _after(instant: datetime, delay: timedelta, place: ZoneInfo) -> datetime:
    """Elapsed time, whatever the clocks do: datetimes of one zone would add wall time."""
    return (instant.astimezone(UTC) + delay).astimezone(place)


def _due(ended: datetime, policy: Policy, place: ZoneInfo) -> tuple[datetime, date]:
    """The first instant that is too late, and the last day in time."""
    if not policy.business:
        due = _after(ended, timedelta(days=policy.days), place)
        return due, (due - timedelta(microseconds=1)).date()
    day, left = ended.astimezone(place).date(), policy.days
    while left:
        day += timedelta(days=1)
        left -= _works(day, policy)
    return datetime.combine(day + timedelta(days=1), time(), place), day


def _works(day: date, policy: Policy) -> bool:
    return day.weekday() < SATURDAY and day not in policy.holidays
