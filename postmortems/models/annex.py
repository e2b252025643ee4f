"""Supporting material: logs, links, images, notes, related incidents, testimonies, the runbook."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from postmortems.domain.document import AnnexKind, RunbookOutcome, Section
from postmortems.models.choices import choices
from postmortems.models.constraints import known
from postmortems.models.fields import BodyField, LineField
from postmortems.models.row import Row


class Annex(Row):
    """One piece of supporting material; ``domain.document.Annex`` says which field means what.

    ``file`` is the name under which the upload is kept and exported, without folders.
    """

    kind = "annex"
    section = Section.ANNEXES
    content = ("type", "title", "label", "url", "body", "file", "outcome")

    type = models.CharField(_("kind"), max_length=10, choices=choices(AnnexKind))
    title = LineField(_("title"), max_length=200)
    label = LineField(_("label"), blank=True)
    url = LineField(_("address"), max_length=2000, blank=True)
    body = BodyField(_("content"), blank=True)
    file = models.CharField(_("file"), max_length=100, blank=True)
    outcome = models.CharField(
        _("how the runbook served"), max_length=20, choices=choices(RunbookOutcome), blank=True
    )

    class Meta(Row.Meta):
        verbose_name = _("annex")
        indexes = [models.Index(fields=["postmortem", "position"])]
        constraints = [
            known("type", AnnexKind, "annex_type_known"),
            known("outcome", RunbookOutcome, "annex_outcome_known", blank=True),
            models.UniqueConstraint(
                fields=["postmortem", "file"], condition=~models.Q(file=""), name="annex_file_once"
            ),
        ]

    def __str__(self) -> str:
        return self.title
