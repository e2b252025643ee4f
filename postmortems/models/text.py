"""The long and one-line texts that a post-mortem has exactly one of."""

from django.db import models

from postmortems.domain.document import TextKey
from postmortems.models.fields import BodyField
from postmortems.models.postmortem import Postmortem


class Text(models.Model):
    """One text. All rows are created with the post-mortem, so a save never has to insert."""

    postmortem = models.ForeignKey(Postmortem, on_delete=models.CASCADE, related_name="texts")
    key = models.CharField(max_length=20, choices=[(key.value, key.value) for key in TextKey])
    body = BodyField(blank=True, default="")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["postmortem", "key"], name="text_once"),
            models.CheckConstraint(
                condition=models.Q(key__in=[key.value for key in TextKey]), name="text_key_known"
            ),
        ]

    def __str__(self) -> str:
        return self.key
