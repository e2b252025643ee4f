"""Post-mortems and the people on them."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postmortems.domain.document import Language, Role, State
from postmortems.models.choices import choices
from postmortems.models.fields import LineField
from postmortems.models.identifiers import IDENTIFIER_LENGTH, new_identifier
from postmortems.models.incident import Incident
from postmortems.models.people import User


class Postmortem(models.Model):
    """The document about one incident.

    ``revision`` grows by one with every change, whoever makes it; approvals, kept renderings and
    history refer to it.
    """

    INTERNAL = "internal"
    RESTRICTED = "restricted"

    id = models.CharField(
        primary_key=True, max_length=IDENTIFIER_LENGTH, default=new_identifier, editable=False
    )
    incident = models.OneToOneField(Incident, on_delete=models.CASCADE, related_name="postmortem")
    slug = models.CharField(max_length=230, unique=True, editable=False)
    language = models.CharField(_("language"), max_length=2, choices=choices(Language))
    state = models.CharField(_("state"), max_length=12, choices=choices(State), default=State.DRAFTING)
    organisation = LineField(_("organisation line"), max_length=200, blank=True)
    visibility = models.CharField(
        _("visibility"),
        max_length=10,
        choices=[
            (INTERNAL, _("Internal: everyone who signs in can read")),
            (RESTRICTED, _("Restricted: only the people on it know that it exists")),
        ],
        default=INTERNAL,
    )
    next_review_on = models.DateField(_("next review"), null=True, blank=True)
    next_review_note = LineField(_("what the next review will look at"), blank=True)
    revision = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    validated_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = _("post-mortem")
        verbose_name_plural = _("post-mortems")
        ordering = ["-updated_at"]
        indexes = [
            models.Index(fields=["-updated_at"]),
            models.Index(fields=["state", "slug"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=[state.value for state in State]), name="postmortem_state_known"
            ),
            models.CheckConstraint(
                condition=models.Q(language__in=[language.value for language in Language]),
                name="postmortem_language_known",
            ),
            models.CheckConstraint(
                condition=models.Q(visibility__in=["internal", "restricted"]),
                name="postmortem_visibility_known",
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class RoleAssignment(models.Model):
    """A person in a role: an account, or a plain name for somebody who has none."""

    postmortem = models.ForeignKey(Postmortem, on_delete=models.CASCADE, related_name="roles")
    role = models.CharField(_("role"), max_length=12, choices=choices(Role))
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="roles")
    name = LineField(_("name"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("role")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["postmortem", "role"],
                condition=models.Q(role__in=["author", "ic", "lead"]),
                name="role_held_by_one",
            ),
            models.UniqueConstraint(
                fields=["postmortem", "role", "user"],
                condition=models.Q(user__isnull=False),
                name="role_held_once_by_account",
            ),
            models.CheckConstraint(
                condition=models.Q(user__isnull=False) ^ ~models.Q(name=""), name="role_account_or_name"
            ),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="role_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.user) if self.user else self.name


class OutsideReviewer(models.Model):
    """Somebody who reviewed without approving here; the metadata names them."""

    postmortem = models.ForeignKey(Postmortem, on_delete=models.CASCADE, related_name="outside_reviewers")
    name = LineField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("outside reviewer")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["postmortem", "name"], name="outside_reviewer_once"),
        ]

    def __str__(self) -> str:
        return self.name
