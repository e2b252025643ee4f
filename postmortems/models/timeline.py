"""Timeline events."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from postmortems.domain.document import EVENT_LIMIT, Milestone, Section
from postmortems.models.choices import choices
from postmortems.models.constraints import filled, known
from postmortems.models.fields import LineField
from postmortems.models.row import Row


class TimelineEvent(Row):
    """Something that happened at an instant (UTC), with the zone in which it was entered.

    Events are ordered by time; their position only settles the order within one instant.
    """

    kind = "event"
    section = Section.TIMELINE
    content = ("at", "zone", "text", "milestone", "source")
    limit = EVENT_LIMIT

    at = models.DateTimeField(_("time"))
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    text = LineField(_("event"))
    milestone = models.CharField(
        _("milestone"), max_length=16, choices=choices(Milestone), blank=True, default=""
    )
    source = LineField(
        _("source"), blank=True, help_text=_("Where this is known from: a log, a dashboard, a chat message.")
    )

    class Meta(Row.Meta):
        verbose_name = _("timeline event")
        ordering = ["at", "position", "id"]
        indexes = [models.Index(fields=["postmortem", "at"])]
        constraints = [
            known("milestone", Milestone, "event_milestone_known", blank=True),
            filled("text", "event_text_filled"),
            models.UniqueConstraint(
                fields=["postmortem", "milestone"],
                condition=~models.Q(milestone="") & models.Q(deleted_at__isnull=True),
                name="milestone_once",
            ),
        ]

    def __str__(self) -> str:
        return self.text
