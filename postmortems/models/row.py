"""What all rows of a post-mortem share."""

from typing import Any, ClassVar

from django.db import models

from postmortems.domain.document import ROW_LIMIT, Section
from postmortems.models.constraints import CheckedByDatabase
from postmortems.models.postmortem import Postmortem

ROW_KINDS: dict[str, type["Row"]] = {}


class RowQuerySet(models.QuerySet[Any]):
    """Rows that have not been deleted are live; deleted ones stay for undo and history."""

    def live(self) -> "RowQuerySet":
        return self.filter(deleted_at__isnull=True)


class Row(CheckedByDatabase):
    """Something a post-mortem has many of, in an order that the team chooses.

    A concrete row names its ``kind`` (used in addresses, anchors and history), the ``section`` it
    belongs to, and the ``content`` fields that a person edits. ``version`` grows with every save:
    a save against an older version is a conflict. Deleting sets ``deleted_at``, so it can be undone.
    """

    kind: ClassVar[str]
    section: ClassVar[Section]
    content: ClassVar[tuple[str, ...]]
    limit: ClassVar[int] = ROW_LIMIT

    postmortem = models.ForeignKey(Postmortem, on_delete=models.CASCADE, related_name="%(class)s_rows")
    position = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = RowQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["position", "id"]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "kind" in vars(cls):
            ROW_KINDS[cls.kind] = cls

    @property
    def ref(self) -> str:
        """The anchor of this row in every page and finding."""
        return f"{self.kind}-{self.pk}"

    def group(self) -> dict[str, Any]:
        """The fields that rows must share to be ordered among each other."""
        return {"postmortem_id": self.postmortem_id}
