"""Measured effects of an incident."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from postmortems.domain.document import Section
from postmortems.models.fields import LineField
from postmortems.models.row import Row


class ImpactMetric(Row):
    """A figure, and where it comes from. Durations are computed and never stored here."""

    kind = "metric"
    section = Section.IMPACT
    content = ("label", "value", "source")

    label = LineField(_("metric"))
    value = LineField(_("value"))
    source = LineField(_("source"), blank=True, help_text=_("The dashboard or query behind the figure."))

    class Meta(Row.Meta):
        verbose_name = _("impact metric")
        indexes = [models.Index(fields=["postmortem", "position"])]

    def __str__(self) -> str:
        return self.label
