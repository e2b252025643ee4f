"""The form of an annex, and which fields each kind of annex has."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy

from postmortems.domain.document import AnnexKind
from postmortems.forms.rows import CODE, RowForm, Text, check_web_address, row_form_for
from postmortems.models import Annex, Row
from postmortems.models.choices import label
from postmortems.models.fields import clean_line
from postmortems.services.attachments import Attachment, read_attachment

ANNEX_FIELDS: dict[AnnexKind, dict[str, Text]] = {
    AnnexKind.LOG: {"title": gettext_lazy("Title"), "body": gettext_lazy("Log lines")},
    AnnexKind.LINK: {
        "title": gettext_lazy("Heading"),
        "label": gettext_lazy("Link text"),
        "url": gettext_lazy("Address"),
    },
    AnnexKind.IMAGE: {
        "title": gettext_lazy("Title"),
        "label": gettext_lazy("What the picture shows"),
        "upload": gettext_lazy("Picture"),
    },
    AnnexKind.NOTE: {"title": gettext_lazy("Title"), "body": gettext_lazy("Note")},
    AnnexKind.RELATED: {
        "title": gettext_lazy("Earlier incident"),
        "url": gettext_lazy("Address of its post-mortem"),
    },
    AnnexKind.TESTIMONY: {
        "title": gettext_lazy("Who speaks"),
        "label": gettext_lazy("From where they saw it"),
        "body": gettext_lazy("What they say"),
    },
    AnnexKind.RUNBOOK: {
        "title": gettext_lazy("Runbook"),
        "url": gettext_lazy("Address"),
        "upload": gettext_lazy("Copy of the runbook"),
        "outcome": gettext_lazy("How it served"),
        "body": gettext_lazy("What to change in it"),
    },
}
"""The fields that count for each kind of annex, by their names; see ``domain.document.Annex``."""

ANNEX_OPTIONAL = {
    (AnnexKind.LINK, "label"),
    (AnnexKind.RELATED, "url"),
    (AnnexKind.TESTIMONY, "label"),
    (AnnexKind.RUNBOOK, "url"),
    (AnnexKind.RUNBOOK, "upload"),
    (AnnexKind.RUNBOOK, "body"),
}


class Accepted(NamedTuple):
    """What may be uploaded: for a browser, for a person, and the label when there is a file already."""

    types: str
    help_text: Text
    replace: Text


UPLOADS = {
    AnnexKind.IMAGE: Accepted(
        "image/png,image/jpeg,image/webp,image/gif",
        gettext_lazy("PNG, JPEG, WebP or GIF, 10 MB at most."),
        gettext_lazy("Replace the picture"),
    ),
    AnnexKind.RUNBOOK: Accepted(
        ".pdf,.md,.markdown,.txt",
        gettext_lazy("PDF, Markdown or plain text, 10 MB at most."),
        gettext_lazy("Replace the copy of the runbook"),
    ),
}


@row_form_for("annex")
class AnnexForm(RowForm):
    """Supporting material. Its kind is chosen first and decides the fields."""

    template = "postmortems/rows/annex.html"
    add_label = gettext_lazy("Add an annex")
    edit_label = gettext_lazy("Edit the annex")
    wide = ("body", "upload")
    upload = forms.FileField(widget=forms.FileInput)

    class Meta:
        model = Annex
        fields = ("type", "title", "label", "url", "outcome", "body")

    def __init__(
        self,
        data: Any = None,
        *args: Any,
        row: Row | None = None,
        initial: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        chosen = getattr(row, "type", None) or (data if data is not None else initial or {}).get("type")
        self.annex_kind = next((kind for kind in AnnexKind if kind == chosen), None)
        super().__init__(data, *args, row=row, initial=initial, **kwargs)
        counting = ANNEX_FIELDS[self.annex_kind] if self.annex_kind else {}
        for name in set(self.fields) - set(counting) - {"type", "version"}:
            del self.fields[name]
        for name, text in counting.items():
            field: Any = self.fields[name]
            field.label = text
            field.required = field.widget.is_required = (self.annex_kind, name) not in ANNEX_OPTIONAL
        if self.annex_kind is AnnexKind.LOG:
            self.fields["body"].widget.attrs.update(CODE)
        self.fields["type"].widget = forms.HiddenInput()
        if row is not None:
            del self.fields["type"]
        if self.annex_kind in UPLOADS:
            upload: Any = self.fields["upload"]
            accepted = UPLOADS[self.annex_kind]
            upload.widget.attrs["accept"] = accepted.types
            upload.help_text = accepted.help_text
            if getattr(row, "file", ""):
                upload.required = upload.widget.is_required = False
                upload.label = accepted.replace

    @property
    def menu(self) -> list[tuple[str, str]]:
        """The kinds of annex."""
        return (
            []
            if self.annex_kind
            else [(self._add_url({"type": kind.value}), label(kind)) for kind in AnnexKind]
        )

    @property
    def cancel(self) -> str:
        """Back to the kinds of annex."""
        return self._add_url()

    def clean_url(self) -> str:
        """The address as it is stored."""
        address = clean_line(self.cleaned_data["url"])
        if address:
            check_web_address(address)
        return address

    def clean_upload(self) -> Attachment | None:
        """The file, as it may be kept."""
        upload: Any = self.cleaned_data["upload"]
        return read_attachment(self.annex_kind, upload, upload.name) if upload and self.annex_kind else None
