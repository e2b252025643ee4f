"""The review: approvals, challenges, review forms, decisions, transitions."""

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from postmortems.domain.document import Role, Section, State
from postmortems.domain.status import Transition
from postmortems.models.choices import choices
from postmortems.models.constraints import known
from postmortems.models.fields import BodyField
from postmortems.models.people import User
from postmortems.models.postmortem import Postmortem


class ApprovalQuerySet(models.QuerySet["Approval"]):
    """A reopened post-mortem is reviewed anew: what was approved before is kept and does not count."""

    def of_this_review(self) -> "ApprovalQuerySet":
        """Those given since the post-mortem was last reopened."""
        reopened = TransitionRecord.objects.filter(
            postmortem=models.OuterRef("postmortem"), name=Transition.REOPEN, at__gte=models.OuterRef("at")
        )
        return self.filter(~models.Exists(reopened))


class Approval(models.Model):
    """A section approved by a person in a role, with the revision that they saw.

    An approval is current until the section changes in a later revision or the post-mortem is reopened;
    nothing is stored when that happens, so a change and a lapse can never disagree.
    """

    postmortem = models.ForeignKey(Postmortem, on_delete=models.CASCADE, related_name="approvals")
    section = models.CharField(max_length=12, choices=choices(Section))
    role = models.CharField(max_length=12, choices=choices(Role))
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="approvals")
    revision = models.PositiveIntegerField()
    at = models.DateTimeField(default=timezone.now)

    objects = ApprovalQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            known("section", Section, "approval_section_known"),
            known("role", Role, "approval_role_known"),
            models.UniqueConstraint(
                fields=["postmortem", "section", "role", "user", "revision"],
                name="approval_once_per_revision",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.section} r{self.revision}"


class Challenge(models.Model):
    """A question or objection about a section, and how it was settled."""

    postmortem = models.ForeignKey(Postmortem, on_delete=models.CASCADE, related_name="challenges")
    section = models.CharField(_("section"), max_length=12, choices=choices(Section))
    body = BodyField(_("question or objection"), max_length=5000)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="challenges")
    at = models.DateTimeField(default=timezone.now)
    answer = BodyField(_("answer"), max_length=5000, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    outcome = BodyField(_("how it was settled"), max_length=5000, blank=True)

    class Meta:
        verbose_name = _("challenge")
        ordering = ["id"]
        constraints = [known("section", Section, "challenge_section_known")]

    def __str__(self) -> str:
        return self.body[:80]

    @property
    def last_word_at(self) -> datetime:
        """When something was last said: the answer, or the challenge itself."""
        return self.answered_at or self.at


class ReviewForm(models.Model):
    """One reviewer's answers in the challenge round."""

    postmortem = models.ForeignKey(Postmortem, on_delete=models.CASCADE, related_name="review_forms")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="review_forms")
    blameless = models.BooleanField(
        _("Is it blameless?"),
        choices=[(True, _("Yes: no cause is a person")), (False, _("No: I object"))],
    )
    remark = BodyField(_("what makes you say so"), max_length=5000, blank=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    settled_at = models.DateTimeField(null=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("review form")
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["postmortem", "user"], name="review_form_once")]

    def __str__(self) -> str:
        return f"{self.postmortem_id} {self.user_id}"


class Decision(models.Model):
    """A signed exception to a rule, with its reason."""

    NO_ACTION = "no_action"
    NO_SME = "no_sme"
    LATE = "late"

    postmortem = models.ForeignKey(Postmortem, on_delete=models.CASCADE, related_name="decisions")
    about = models.CharField(
        max_length=12,
        choices=[
            (NO_ACTION, _("No corrective action is needed")),
            (NO_SME, _("The team has no subject-matter expert")),
            (LATE, _("The post-mortem is late")),
        ],
    )
    reason = BodyField(_("reason"), max_length=5000)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="decisions")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("decision")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["postmortem", "about"], name="decision_once"),
            known("about", ["no_action", "no_sme", "late"], "decision_about_known"),
        ]

    def __str__(self) -> str:
        return self.about


class TransitionRecord(models.Model):
    """A step of the workflow that was taken: from where to where, by whom, when and why."""

    postmortem = models.ForeignKey(Postmortem, on_delete=models.CASCADE, related_name="transitions")
    name = models.CharField(max_length=20)
    source = models.CharField(max_length=12, choices=choices(State))
    target = models.CharField(max_length=12, choices=choices(State))
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    note = BodyField(max_length=5000, blank=True)
    sections = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name = _("transition")
        ordering = ["id"]
        constraints = [
            known("source", State, "transition_source_known"),
            known("target", State, "transition_target_known"),
        ]

    def __str__(self) -> str:
        return self.name
