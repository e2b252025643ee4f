"""Lessons learned."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from postmortems.domain.document import LessonKind, Section
from postmortems.models.choices import choices
from postmortems.models.fields import LineField
from postmortems.models.row import Row


class Lesson(Row):
    """One thing that went well, did not, or was luck."""

    kind = "lesson"
    section = Section.LESSONS
    content = ("list", "title", "text")

    list = models.CharField(_("list"), max_length=8, choices=choices(LessonKind))
    title = LineField(_("in a few words"), max_length=200)
    text = LineField(_("what happened"), blank=True)

    class Meta(Row.Meta):
        verbose_name = _("lesson")
        indexes = [models.Index(fields=["postmortem", "list", "position"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(list__in=[kind.value for kind in LessonKind]), name="lesson_list_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def group(self) -> dict[str, Any]:
        return {**super().group(), "list": self.list}


class Recommendation(Row):
    """An advice that outlives the incident."""

    kind = "recommendation"
    section = Section.LESSONS
    content = ("domain", "text")

    domain = LineField(_("domain"), max_length=120)
    text = LineField(_("recommendation"))

    class Meta(Row.Meta):
        verbose_name = _("recommendation")
        indexes = [models.Index(fields=["postmortem", "position"])]

    def __str__(self) -> str:
        return self.text
