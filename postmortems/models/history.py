"""The record of every change. Nothing in the application edits or deletes it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postmortems.models.incident import Incident
from postmortems.models.people import User
from postmortems.models.postmortem import Postmortem


class Change(models.Model):
    """Who changed what, when, from what to what.

    It belongs to a post-mortem, or to an incident that had none yet. ``target`` is a text's key, a
    row's anchor (``event-12``), ``people`` and the like; ``before`` and ``after`` hold the changed
    fields only, as JSON. ``revision`` is the one that the change made; the changes of an incident
    count from 1.
    """

    class Verb(models.TextChoices):
        CREATED = "created", _("created")
        CHANGED = "changed", _("changed")
        MOVED = "moved", _("moved")
        DELETED = "deleted", _("deleted")
        RESTORED = "restored", _("restored")
        IMPORTED = "imported", _("imported")

    postmortem = models.ForeignKey(
        Postmortem, on_delete=models.CASCADE, null=True, blank=True, related_name="changes"
    )
    incident = models.ForeignKey(
        Incident, on_delete=models.CASCADE, null=True, blank=True, related_name="changes"
    )
    revision = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    verb = models.CharField(max_length=8, choices=Verb)
    section = models.CharField(max_length=12, blank=True)
    target = models.CharField(max_length=40)
    before = models.JSONField(default=dict, blank=True)
    after = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("change")
        ordering = ["id"]
        indexes = [models.Index(fields=["postmortem", "revision"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(postmortem__isnull=False) ^ models.Q(incident__isnull=False),
                name="change_of_postmortem_or_incident",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} r{self.revision}"
