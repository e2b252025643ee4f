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

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_BLANKS = re.compile("[\t-\r \x85\u2028\u2029]+")


def validate_characters(value: str) -> None:
    """Refuse control characters, lone surrogates and what is no character at all: no editor shows them,
    PostgreSQL rejects some of them, readers of YAML and XML others.

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
    """The stored form of a one-line text: NFC, every run of blanks and line ends made one space.

    No-break and wide spaces stay: French puts one before ``?`` and ``%``.
    """
    return _BLANKS.sub(" ", unicodedata.normalize("NFC", value)).strip()


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

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        """Also checks the length, which Django leaves to the forms: a file is not read through one."""
        super().validate(value, model_instance)
        if self.max_length is not None and len(value) > self.max_length:
            raise too_long(value, self.max_length)
