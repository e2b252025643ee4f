"""The form of one text, and what a page shows of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django import forms

from postmortems.domain.document import ONE_LINE_TEXTS, TextKey, text_limit
from postmortems.guidance import TEXTS, TextGuidance
from postmortems.models import Text
from postmortems.models.fields import clean_line, clean_text


class TextForm(forms.Form):
    """What was typed, and the version that it was typed over. The limits are the service's to check."""

    body = forms.CharField(required=False, strip=False)
    version = forms.IntegerField(min_value=1)

    def __init__(self, key: TextKey, data: Mapping[str, Any]) -> None:
        super().__init__(data)
        self.key = key

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"]
        return clean_line(body) if self.key in ONE_LINE_TEXTS else clean_text(body)


@dataclass(frozen=True, slots=True)
class TextEntry:
    """A text in a page.

    ``body`` is what its field holds. After a save that did not happen, ``errors`` say why, or ``theirs``
    is what somebody else saved meanwhile under ``version``.
    """

    key: TextKey
    body: str
    version: int
    errors: tuple[str, ...] = ()
    theirs: str | None = None

    @classmethod
    def of(cls, text: Text) -> "TextEntry":
        """A text as it is saved."""
        return cls(TextKey(text.key), text.body, text.version)

    @property
    def guidance(self) -> TextGuidance:
        """Its label, hint and example."""
        return TEXTS[self.key]

    @property
    def one_line(self) -> bool:
        """Whether it is one line, without Markdown blocks."""
        return self.key in ONE_LINE_TEXTS

    @property
    def limit(self) -> int:
        """The most characters that it may have."""
        return text_limit(self.key)

    @property
    def outcome(self) -> str:
        """What became of the last save: ``saved``, ``invalid`` or ``conflict``."""
        if self.theirs is not None:
            return "conflict"
        return "invalid" if self.errors else "saved"

    @property
    def both(self) -> str:
        """Both texts in one, to be edited: what is equal once, what differs one after the other."""
        if self.theirs is None:
            return self.body
        if self.one_line:
            return f"{self.theirs} {self.body}"
        return "\n".join(_union(self.theirs.splitlines(), self.body.splitlines()))


def _union(theirs: list[str], mine: list[str]) -> Iterable[str]:
    for _operation, start, end, other_start, other_end in SequenceMatcher(a=theirs, b=mine).get_opcodes():
        yield from theirs[start:end]
        if theirs[start:end] != mine[other_start:other_end]:
            yield from mine[other_start:other_end]
