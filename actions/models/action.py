"""Corrective actions and how their owners were reminded."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postmortems.domain.document import OPEN_STATUSES, ActionKind, ActionStatus, Horizon, Section
from postmortems.models import Incident, Postmortem, User, WhyChain
from postmortems.models.choices import choices
from postmortems.models.constraints import filled, known
from postmortems.models.fields import BodyField, LineField
from postmortems.models.row import Row, RowQuerySet


class ActionQuerySet(RowQuerySet):
    """Actions come with their owner and their incident: no page shows them without."""

    def live(self) -> "ActionQuerySet":
        return self.filter(deleted_at__isnull=True).shown()

    def shown(self) -> "ActionQuerySet":
        return self.select_related("owner", "postmortem__incident")

    def late(self, now: datetime) -> "ActionQuerySet":
        """Those that are late at ``now``, an aware instant: the rule of ``is_late`` for lists."""
        return self.filter(late_at(now))


def late_at(now: datetime) -> models.Q:
    """Open after their deadline, each by the calendar of its own zone. One query, for the zones in use."""
    zones: dict[date, list[str]] = defaultdict(list)
    for zone in Incident.objects.order_by().values_list("zone", flat=True).distinct():
        zones[now.astimezone(ZoneInfo(zone)).date()].append(zone)
    late = models.Q(pk__in=[])
    for day, names in zones.items():
        late |= models.Q(deadline__lt=day, postmortem__incident__zone__in=names)
    return late & models.Q(status__in=OPEN_STATUSES)


class CorrectiveAction(Row):
    """Something that will change because of the incident.

    The owner is an account, or a plain name for somebody who has none, or nobody yet. ``deadline``
    is a day in the post-mortem's time zone.
    """

    kind = "action"
    section = Section.ACTIONS
    content = (
        "horizon",
        "title",
        "description",
        "owner",
        "owner_name",
        "deadline",
        "status",
        "action_kind",
        "verification",
        "tracker",
        "chain",
    )

    postmortem = models.ForeignKey(Postmortem, on_delete=models.CASCADE, related_name="actions")
    horizon = models.CharField(_("horizon"), max_length=10, choices=choices(Horizon))
    title = LineField(_("action"))
    description = LineField(_("description"), blank=True)
    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="actions", verbose_name=_("owner")
    )
    owner_name = LineField(_("owner without an account"), max_length=120, blank=True)
    deadline = models.DateField(_("deadline"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=8, choices=choices(ActionStatus), default=ActionStatus.TODO
    )
    action_kind = models.CharField(_("kind"), max_length=12, choices=choices(ActionKind), blank=True)
    verification = LineField(_("how we will know that it worked"), blank=True)
    tracker = LineField(_("ticket"), max_length=2000, blank=True, help_text=_("The address of its ticket."))
    chain = models.ForeignKey(
        WhyChain,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="actions",
        verbose_name=_("answers the why chain"),
    )
    backlog_accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    backlog_accepted_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = ActionQuerySet.as_manager()

    class Meta(Row.Meta):
        verbose_name = _("corrective action")
        indexes = [
            models.Index(fields=["postmortem", "horizon", "position"]),
            models.Index(fields=["status", "deadline"]),
            models.Index(fields=["owner", "status", "deadline"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(horizon__in=[horizon.value for horizon in Horizon]),
                name="action_horizon_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=[status.value for status in ActionStatus]),
                name="action_status_known",
            ),
            known("action_kind", ActionKind, "action_kind_known", blank=True),
            filled("title", "action_title_filled"),
            models.CheckConstraint(
                condition=models.Q(owner__isnull=True) | models.Q(owner_name=""), name="action_one_owner"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def group(self) -> dict[str, Any]:
        return {**super().group(), "horizon": self.horizon}

    @property
    def shown_owner(self) -> str:
        """The owner's name, or nothing."""
        return str(self.owner) if self.owner else self.owner_name

    @property
    def owner_left(self) -> bool:
        """Whether the owner's account is deactivated, so that nobody answers for the action."""
        return self.owner is not None and not self.owner.is_active

    @property
    def is_open(self) -> bool:
        """Whether it is still to be done."""
        return self.status in OPEN_STATUSES

    @property
    def needs_acceptance(self) -> bool:
        """Whether it waits for an owner and a deadline, or for the lead to accept it as backlog."""
        settled = self.shown_owner and self.deadline
        return (
            self.horizon == Horizon.LONG and self.is_open and not settled and self.backlog_accepted_at is None
        )

    def days_left(self, now: datetime) -> int | None:
        """Days until the deadline, negative when it has passed; None without one.

        Days are counted by the calendar of the post-mortem's zone. ``now`` is aware.
        """
        if self.deadline is None:
            return None
        return (self.deadline - now.astimezone(ZoneInfo(self.postmortem.incident.zone)).date()).days

    def is_late(self, now: datetime) -> bool:
        """Whether it is open after the last day that it had."""
        left = self.days_left(now)
        return self.is_open and left is not None and left < 0

    def set_status(self, status: ActionStatus, now: datetime) -> None:
        """Changes the status in memory, and with it the moment at which the action was done."""
        self.status = status
        self.done_at = now if status is ActionStatus.DONE else None


class Relaunch(models.Model):
    """A lead asked the owner of a late action how it stands."""

    action = models.ForeignKey(CorrectiveAction, on_delete=models.CASCADE, related_name="relaunches")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    message = BodyField(_("message"), max_length=5000, blank=True)

    class Meta:
        verbose_name = _("relaunch")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.action_id} {self.at:%Y-%m-%d}"
