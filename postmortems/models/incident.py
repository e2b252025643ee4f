"""Incidents: what happened, whether or not a post-mortem has been written."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postmortems.domain.document import TITLE_LIMIT, Severity
from postmortems.models.choices import choices
from postmortems.models.constraints import CheckedByDatabase, filled
from postmortems.models.fields import LineField
from postmortems.models.identifiers import IDENTIFIER_LENGTH, new_identifier
from postmortems.models.organisation import Service
from postmortems.models.people import User


class Incident(CheckedByDatabase):
    """An incident as declared.

    The times are instants (UTC), any of which may not be known yet. Once a post-mortem exists, its
    timeline is their home and the services keep these columns equal to it, so that lists and
    deadlines need no join. ``ended_at`` is the end from which the deadline counts
    (``domain.deadline.incident_end``).
    """

    id = models.CharField(
        primary_key=True, max_length=IDENTIFIER_LENGTH, default=new_identifier, editable=False
    )
    title = LineField(_("title"), max_length=TITLE_LIMIT)
    severity = models.CharField(_("severity"), max_length=2, choices=choices(Severity))
    started_at = models.DateTimeField(_("start of impact"), null=True, blank=True)
    detected_at = models.DateTimeField(_("detected"), null=True, blank=True)
    restored_at = models.DateTimeField(_("restored"), null=True, blank=True)
    ended_at = models.DateTimeField(null=True, editable=False)
    zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    services = models.ManyToManyField(
        Service, verbose_name=_("services"), blank=True, related_name="incidents"
    )
    public = models.BooleanField(
        _("public incident"), default=False, help_text=_("Visible outside the organisation.")
    )
    declared_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="declared_incidents"
    )
    declared_at = models.DateTimeField(_("declared"), default=timezone.now)

    class Meta:
        verbose_name = _("incident")
        ordering = ["-declared_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(severity__in=[severity.value for severity in Severity]),
                name="incident_severity_known",
            ),
            filled("title", "incident_title_filled"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def requires_postmortem(self) -> bool:
        """A P1 or a public incident must have a post-mortem (the seeds' rule)."""
        return self.severity == Severity.P1 or self.public
