"""What an installation decides once: its name, its severities' meaning, its deadline policy."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from postmortems.domain.document import Language, Severity
from postmortems.models.choices import choices
from postmortems.models.fields import BodyField, LineField


class Organisation(models.Model):
    """The installation's own settings: one row. A field left empty follows the environment."""

    name = LineField(
        _("organisation"), max_length=200, blank=True, help_text=_("Proposed as the organisation line.")
    )
    language = models.CharField(
        _("language of new post-mortems"), max_length=2, choices=choices(Language), blank=True
    )
    deadline_days = models.PositiveSmallIntegerField(
        _("days to validate a P1 or P2"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
    )
    deadline_calendar = models.CharField(
        _("days counted"),
        max_length=8,
        choices=[("calendar", _("Every day")), ("business", _("Business days"))],
        blank=True,
    )
    holidays = BodyField(
        _("holidays"), max_length=5000, blank=True, help_text=_("One date a line, such as 2026-12-25.")
    )

    class Meta:
        verbose_name = _("organisation")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="organisation_single")]

    def __str__(self) -> str:
        return self.name


class SeverityDescription(models.Model):
    """What a severity means here, in both languages."""

    severity = models.CharField(_("severity"), max_length=2, primary_key=True, choices=choices(Severity))
    description_fr = LineField(_("description in French"), blank=True)
    description_en = LineField(_("description in English"), blank=True)

    class Meta:
        verbose_name = _("severity description")
        ordering = ["severity"]

    def __str__(self) -> str:
        return self.severity


class Service(models.Model):
    """A service that an incident can touch."""

    name = LineField(_("name"), max_length=120, unique=True)
    active = models.BooleanField(
        _("active"), default=True, help_text=_("An inactive service stays on old incidents only.")
    )

    class Meta:
        verbose_name = _("service")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
