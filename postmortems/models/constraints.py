"""Constraints that say in the database what the domain's enumerations and the forms say before it."""

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Any

from django.db import models


class CheckedByDatabase(models.Model):
    """A model whose forms leave the constraints to the database.

    Fields and services have refused by then, in words, whatever breaks one; to ask the database about
    each constraint before the write would cost three queries.
    """

    class Meta:
        abstract = True

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """Nothing: see the class."""


def known(field: str, members: Iterable[StrEnum | str], name: str, *, blank: bool = False) -> Any:
    """The column holds a member of an enumeration, or with ``blank`` nothing."""
    values = [str(member) for member in members]
    return models.CheckConstraint(
        condition=models.Q(**{f"{field}__in": ["", *values] if blank else values}), name=name
    )


def filled(field: str, name: str) -> Any:
    """The column is not empty."""
    return models.CheckConstraint(condition=~models.Q(**{field: ""}), name=name)
