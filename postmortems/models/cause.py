"""The analysis of the causes: factors, why chains, diagrams."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from postmortems.domain.document import CHAIN_LIMIT, Section
from postmortems.models.constraints import known
from postmortems.models.fields import BodyField, LineField
from postmortems.models.row import Row

MERMAID = "mermaid"


class ContributingFactor(Row):
    """Something that made the incident possible or worse, other than the immediate cause."""

    kind = "factor"
    section = Section.ROOT_CAUSE
    content = ("factor", "impact", "category")

    factor = LineField(_("contributing factor"))
    impact = LineField(_("effect"), blank=True)
    category = LineField(_("category"), max_length=120, blank=True)

    class Meta(Row.Meta):
        verbose_name = _("contributing factor")
        indexes = [models.Index(fields=["postmortem", "position"])]

    def __str__(self) -> str:
        return self.factor


class WhyChain(Row):
    """A chain of whys. Its last answer leads to a contributing factor, or to a corrective action.

    The link to an action is kept on the action (``CorrectiveAction.chain``): this application
    knows nothing of the other.
    """

    kind = "chain"
    section = Section.ROOT_CAUSE
    content = ("stop_reason", "factor")
    limit = CHAIN_LIMIT

    stop_reason = LineField(
        _("why the chain stops before five"),
        blank=True,
        help_text=_("Needed when it has fewer than five answers."),
    )
    factor = models.ForeignKey(
        ContributingFactor,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="chains",
        verbose_name=_("leads to the contributing factor"),
    )

    class Meta(Row.Meta):
        verbose_name = _("why chain")
        indexes = [models.Index(fields=["postmortem", "position"])]

    def __str__(self) -> str:
        return self.ref


class Why(Row):
    """One question of a chain and its answer."""

    kind = "why"
    section = Section.ROOT_CAUSE
    content = ("question", "answer", "evidence")

    chain = models.ForeignKey(WhyChain, on_delete=models.CASCADE, related_name="whys")
    question = LineField(_("question"))
    answer = LineField(_("answer"), blank=True)
    evidence = LineField(_("evidence"), blank=True, help_text=_("What shows that the answer is true."))

    class Meta(Row.Meta):
        verbose_name = _("why")
        indexes = [models.Index(fields=["chain", "position"])]

    def __str__(self) -> str:
        return self.question

    def group(self) -> dict[str, Any]:
        return {**super().group(), "chain_id": self.chain_id}


class Diagram(Row):
    """A drawing in text; ``syntax`` is the language of its code fence."""

    kind = "diagram"
    section = Section.ROOT_CAUSE
    content = ("caption", "syntax", "body")

    caption = LineField(_("caption"), blank=True)
    syntax = models.CharField(
        _("drawn as"),
        max_length=10,
        blank=True,
        choices=[("", _("Text drawing")), (MERMAID, "Mermaid")],
    )
    body = BodyField(_("drawing"))

    class Meta(Row.Meta):
        verbose_name = _("diagram")
        indexes = [models.Index(fields=["postmortem", "position"])]
        constraints = [known("syntax", [MERMAID], "diagram_syntax_known", blank=True)]

    def __str__(self) -> str:
        return self.caption
