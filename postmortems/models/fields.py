"""Text columns that keep what the export and every page rely on: NFC, LF, no control characters."""

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from postmortems.domain.document import LINE_LIMIT, TEXT_LIMIT

if TYPE_CHECKING:
    CharField = models.CharField[str, str]
    TextField = models.TextField[str, str]
else:
    CharField = models.CharField
    TextField = models.TextField

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def validate_characters(value: str) -> None:
    """Refuse control characters and lone surrogates: no editor shows them and PostgreSQL rejects some.

    Raises ValidationError naming the first such character and its position (counted from 1).
    """
    if found := _CONTROL.search(value):
        raise ValidationError(
            _("Character %(position)d is an invisible control character (U+%(code)s). Delete it."),
            code="control_character",
            params={"position": found.start() + 1, "code": f"{ord(found[0]):04X}"},
        )


def too_long(value: str, limit: int) -> ValidationError:
    """The error for a text over its limit; what was typed stays in the form."""
    return ValidationError(
        _(
            "This text has %(length)d characters; %(limit)d are the most it may have. "
            "Shorten it by %(excess)d."
        ),
        code="max_length",
        params={"length": len(value), "limit": limit, "excess": len(value) - limit},
    )


def clean_text(value: str) -> str:
    """The stored form of a multi-line text: NFC, line feeds only, no white space at the end."""
    return unicodedata.normalize("NFC", value.replace("\r\n", "\n").replace("\r", "\n")).rstrip()


def clean_line(value: str) -> str:
    """The stored form of a one-line text: NFC, every run of white space made one space."""
    return " ".join(unicodedata.normalize("NFC", value).split())


class LineField(CharField):
    """A text of one line, 500 characters at most unless told otherwise."""

    default_validators = [validate_characters]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LINE_LIMIT)
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> str | None:
        value = super().to_python(value)
        return clean_line(value) if isinstance(value, str) else value


class BodyField(TextField):
    """A text of several lines, 100,000 characters at most unless told otherwise."""

    default_validators = [validate_characters]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", TEXT_LIMIT)
        super().__init__(*args, **kwargs)

    def to_python(self, value: Any) -> str | None:
        value = super().to_python(value)
        return clean_text(value) if isinstance(value, str) else value
