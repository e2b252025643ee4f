"""Files that people attach: checked by their content and kept out of every public folder.

Pictures are encoded anew, because pages show them. The copy of a runbook stays as it is: it is only ever
saved to a disk.
"""

import io
import secrets
from dataclasses import dataclass
from typing import IO

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils.text import slugify
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from postmortems.domain.document import AnnexKind
from postmortems.models import Postmortem
from postmortems.models.fields import clean_text, validate_characters

SIZE_LIMIT = 10 * 1024 * 1024
PIXEL_LIMIT = 40_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
PDF = b"%PDF-"
MARKDOWN = (".md", ".markdown")
NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that may be kept; ``extension`` is ``png`` or ``jpg``, or ``pdf``, ``md`` or ``txt``."""

    content: bytes
    extension: str


def read_attachment(kind: AnnexKind, file: "IO[bytes] | File[bytes]", name: str) -> Attachment:
    """The file of an image or a runbook annex. Raises ValidationError when it is of another kind."""
    return read_picture(file) if kind is AnnexKind.IMAGE else read_runbook(file, name)


def read_picture(file: "IO[bytes] | File[bytes]") -> Attachment:
    """Decodes an upload of at most 10 MB and encodes it anew, which drops all that is not picture.

    JPEG stays JPEG, everything else becomes PNG, of an animation its first image. Position and device,
    which photographs carry, are gone. Raises ValidationError when it is too large, in size or in pixels
    (a small file can unpack to gigabytes), or not a picture.
    """
    data = _read(file, _("This file is larger than 10 MB. Save the picture smaller, or as JPEG."))
    unreadable = ValidationError(
        _("This file is not a picture that can be read. Use PNG, JPEG, WebP or GIF."), code="not_a_picture"
    )
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
        if image.width * image.height > PIXEL_LIMIT:
            raise Image.DecompressionBombError
        jpeg = image.format == "JPEG"
        upright = ImageOps.exif_transpose(image)
        plain = upright.convert("RGB" if jpeg else "RGBA")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValidationError(
            _("This picture has more than 40 million pixels. Save it smaller."), code="too_large"
        ) from None
    except Exception as error:
        # The decoders raise whatever a crafted file makes them stumble over.
        raise unreadable from error
    encoded = io.BytesIO()
    if jpeg:
        plain.save(encoded, "JPEG", quality=90, optimize=True)
    else:
        plain.save(encoded, "PNG")
    return Attachment(encoded.getvalue(), "jpg" if jpeg else "png")


def read_runbook(file: "IO[bytes] | File[bytes]", name: str) -> Attachment:
    """An upload of at most 10 MB that is a PDF, or else text, in Markdown when its ``name`` says so.

    Raises ValidationError when it is larger, or something else.
    """
    data = _read(file, _("This file is larger than 10 MB. Give the address of the runbook instead."))
    if data.startswith(PDF):
        return Attachment(data, "pdf")
    try:
        validate_characters(clean_text(data.decode("utf-8")))
    except (UnicodeDecodeError, ValidationError) as error:
        raise ValidationError(
            _("This file is neither a PDF nor text in UTF-8. Use PDF, Markdown or plain text."),
            code="not_a_runbook",
        ) from error
    return Attachment(data, "md" if name.lower().endswith(MARKDOWN) else "txt")


def keep_attachment(postmortem: Postmortem, title: str, attachment: Attachment) -> str:
    """Stores a file and returns its name, without folders: unique, and readable in the exported file."""
    words = slugify(title)[:NAME_LENGTH].strip("-") or "file"
    name = f"{words}-{secrets.token_hex(4)}.{attachment.extension}"
    store_attachment(postmortem, name, attachment)
    return name


def store_attachment(postmortem: Postmortem, name: str, attachment: Attachment) -> None:
    """Stores a file under a name that no other of the post-mortem has."""
    default_storage.save(attachment_path(postmortem, name), ContentFile(attachment.content))


def attachment_path(postmortem: Postmortem, name: str) -> str:
    """Where a post-mortem's file of this name is in the storage."""
    return f"{postmortem.pk}/{name}"


def _read(file: "IO[bytes] | File[bytes]", too_large: str) -> bytes:
    data = file.read(SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT:
        raise ValidationError(too_large, code="too_large")
    return data
