"""What milestones ask for: each stands once, and the incident's own times follow them."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from postmortems.domain.document import Milestone
from postmortems.models import Incident, Postmortem, Row, TimelineEvent
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
    """After a change of timeline events: copies start, detection and restoration to the incident."""
    touched = {row.milestone for row in rows if isinstance(row, TimelineEvent)} & _COLUMNS.keys()
    if not touched:
        return
    postmortem = Postmortem.objects.select_related("incident").get(pk=rows[0].postmortem_id)
    times = dict(
        TimelineEvent.objects.live()
        .filter(postmortem=postmortem)
        .exclude(milestone="")
        .values_list("milestone", "at")
    )
    incident = postmortem.incident
    for milestone, column in _COLUMNS.items():
        setattr(incident, column, times.get(milestone))
    Incident.objects.filter(pk=incident.pk).update(
        **{column: getattr(incident, column) for column in _COLUMNS.values()}
    )
    settle_slug(postmortem)
