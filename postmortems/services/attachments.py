"""Pictures that people attach: checked by their content, re-encoded, kept out of every public folder."""

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

from postmortems.models import Postmortem

SIZE_LIMIT = 10 * 1024 * 1024
PIXEL_LIMIT = 40_000_000
FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
NAME_LENGTH = 60


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that this application encoded itself; ``extension`` is ``png`` or ``jpg``."""

    content: bytes
    extension: str


def read_picture(file: "IO[bytes] | File[bytes]") -> Picture:
    """Decodes an upload of at most 10 MB and encodes it anew, which drops all that is not picture.

    JPEG stays JPEG, everything else becomes PNG, of an animation its first image. Position and device,
    which photographs carry, are gone. Raises ValidationError when it is too large, in size or in pixels
    (a small file can unpack to gigabytes), or not a picture.
    """
    data = file.read(SIZE_LIMIT + 1)
    if len(data) > SIZE_LIMIT:
        raise ValidationError(
            _("This file is larger than 10 MB. Save the picture smaller, or as JPEG."), code="too_large"
        )
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
    return Picture(encoded.getvalue(), "jpg" if jpeg else "png")


def keep_picture(postmortem: Postmortem, title: str, picture: Picture) -> str:
    """Stores a picture and returns its name, without folders: unique, and readable in the exported file."""
    words = slugify(title)[:NAME_LENGTH].strip("-") or "picture"
    name = f"{words}-{secrets.token_hex(4)}.{picture.extension}"
    default_storage.save(picture_path(postmortem, name), ContentFile(picture.content))
    return name


def picture_path(postmortem: Postmortem, name: str) -> str:
    """Where a post-mortem's picture of this name is in the storage."""
    return f"{postmortem.pk}/{name}"
