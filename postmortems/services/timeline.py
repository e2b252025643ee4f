"""What milestones ask for: each stands once, and the incident's own times follow them."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db.models import OuterRef, Subquery
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from postmortems.domain.deadline import incident_end
from postmortems.domain.document import UNKNOWN_TEXTS, Event, Milestone, Timeline
from postmortems.models import Incident, Postmortem, Row, Text, TimelineEvent
from postmortems.models.choices import label
from postmortems.services.slugs import settle_slug

NAME_SHOWN = 60
_COLUMNS = {
    Milestone.START: "started_at",
    Milestone.DETECTED: "detected_at",
    Milestone.RESTORED: "restored_at",
}


def refuse_taken_milestones(rows: Sequence[Row]) -> None:
    """Raises ValidationError when another event carries the milestone of one of these already.

    Called after ``advance``, so nobody takes it between this look and the write.
    """
    wanted = [row for row in rows if isinstance(row, TimelineEvent) and row.milestone]
    if not wanted:
        return
    others = (
        TimelineEvent.objects.live()
        .filter(postmortem=wanted[0].postmortem_id, milestone__in=[row.milestone for row in wanted])
        .exclude(pk__in=[row.pk for row in wanted if row.pk])
    )
    for taken in others:
        zone = ZoneInfo(wanted[0].postmortem.incident.zone)
        message = _(
            "“%(milestone)s” is already the event of %(time)s, “%(text)s”. "
            "Take the milestone off that one first."
        )
        params = {
            "milestone": label(Milestone(taken.milestone)),
            "time": f"{taken.at.astimezone(zone):%Y-%m-%d %H:%M}",
            "text": Truncator(taken.text).chars(NAME_SHOWN),
        }
        raise ValidationError({"milestone": ValidationError(message, "milestone_taken", params)})


def follow_milestones(rows: Sequence[Row]) -> None:
    """After a change of timeline events: copies to the incident what their timeline now says.

    Once the service is restored, an event without a milestone says nothing that the incident keeps.
    """
    events = [row for row in rows if isinstance(row, TimelineEvent)]
    if not events:
        return
    postmortem = events[0].postmortem
    if postmortem.incident.restored_at is None or any(event.milestone for event in events):
        follow_timeline(postmortem)


def follow_timeline(postmortem: Postmortem) -> None:
    """Copies start, detection, restoration and end of the incident from the timeline.

    Called after ``advance``, so nobody changes the timeline meanwhile.
    """
    live = TimelineEvent.objects.live().filter(postmortem=OuterRef("pk"))
    texts = Text.objects.filter(postmortem=OuterRef("pk"), key=UNKNOWN_TEXTS[Milestone.RESTORED])
    kept = (*_COLUMNS, Milestone.RESOLVED)
    stored = (
        Postmortem.objects.select_related("incident")
        .annotate(
            **{f"{kind}_on": Subquery(live.filter(milestone=kind).values("at")[:1]) for kind in kept},
            last_on=Subquery(live.order_by("-at").values("at")[:1]),
            reason=Subquery(texts.values("body")[:1]),
        )
        .get(pk=postmortem.pk)
    )
    times = {milestone: getattr(stored, f"{milestone}_on") for milestone in kept}
    known = [Event(at, "", milestone) for milestone, at in times.items() if at]
    known += [Event(stored.last_on, "")] if stored.last_on else []
    unknown = ((Milestone.RESTORED, stored.reason),) if stored.reason else ()
    says = {column: times[milestone] for milestone, column in _COLUMNS.items()}
    says["ended_at"] = incident_end(Timeline(tuple(known), unknown))
    changed = {column: at for column, at in says.items() if getattr(stored.incident, column) != at}
    if not changed:
        return
    Incident.objects.filter(pk=stored.incident_id).update(**changed)
    for column, at in changed.items():
        setattr(stored.incident, column, at)
        setattr(postmortem.incident, column, at)
    if changed.keys() - {"ended_at"}:
        settle_slug(stored)
