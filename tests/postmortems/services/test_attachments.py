"""Files that people attach."""

import io
import struct
import zlib

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from PIL import Image

from postmortems.services.attachments import (
    SIZE_LIMIT,
    attachment_path,
    keep_attachment,
    read_picture,
    read_runbook,
)
from tests.factories import PostmortemFactory

ORIENTATION, MAKER = 0x0112, 0x010F


def encoded(image: Image.Image, kind: str, **options: object) -> io.BytesIO:
    content = io.BytesIO()
    image.save(content, kind, **options)
    content.seek(0)
    return content


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size, and holds next to nothing."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize(
    ("kind", "extension", "result"),
    [("PNG", "png", "PNG"), ("JPEG", "jpg", "JPEG"), ("WEBP", "png", "PNG"), ("GIF", "png", "PNG")],
)
def test_a_picture_is_encoded_anew(kind: str, extension: str, result: str) -> None:
    source = encoded(Image.new("RGB", (8, 6), "teal"), kind)
    source = io.BytesIO(source.getvalue() + b"<script>alert(1)</script>")
    picture = read_picture(source)
    image = Image.open(io.BytesIO(picture.content))
    assert (picture.extension, image.format, image.size) == (extension, result, (8, 6))
    assert b"script" not in picture.content


def test_transparency_survives() -> None:
    picture = read_picture(encoded(Image.new("RGBA", (2, 2), (0, 0, 0, 0)), "PNG"))
    assert Image.open(io.BytesIO(picture.content)).getpixel((0, 0)) == (0, 0, 0, 0)


def test_a_photograph_is_turned_upright_and_loses_what_it_tells_about_its_maker() -> None:
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = 6, "Camera of somebody"
    picture = read_picture(encoded(Image.new("RGB", (8, 6)), "JPEG", exif=exif))
    image = Image.open(io.BytesIO(picture.content))
    assert image.size == (6, 8)
    assert not image.getexif()
    assert b"Camera" not in picture.content


def test_of_an_animation_the_first_image_is_kept() -> None:
    frames = [Image.new("RGB", (2, 2), colour) for colour in ("red", "blue")]
    picture = read_picture(encoded(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert Image.open(io.BytesIO(picture.content)).convert("RGB").getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        encoded(Image.effect_noise((64, 64), 50), "PNG").getvalue()[:200],
        encoded(Image.effect_noise((64, 64), 50), "JPEG").getvalue()[:200],
        encoded(Image.new("RGB", (4, 4)), "BMP").getvalue(),
    ],
    ids=["empty", "pdf", "svg", "cut png", "cut jpeg", "other format"],
)
def test_what_is_no_whole_picture_is_refused(content: bytes) -> None:
    with pytest.raises(ValidationError) as refused:
        read_picture(io.BytesIO(content))
    assert refused.value.code == "not_a_picture"


@pytest.mark.parametrize(
    "content",
    [
        png_header(7_000, 7_000),
        png_header(12_000, 12_000),
        png_header(30_000, 30_000),
        b"\0" * (SIZE_LIMIT + 1),
    ],
    ids=["over our limit", "over one limit of Pillow", "over the other", "over 10 MB"],
)
def test_what_would_fill_the_memory_is_refused_unread(content: bytes) -> None:
    with pytest.raises(ValidationError) as refused:
        read_picture(io.BytesIO(content))
    assert refused.value.code == "too_large"


@pytest.mark.parametrize(
    ("content", "name", "extension"),
    [
        (b"%PDF-1.7\n\xff", "steps.md", "pdf"),
        (b"# Steps\r\n\n- one\n", "STEPS.MD", "md"),
        ("étape\tune".encode(), "steps.markdown", "md"),
        (b"plain", "steps", "txt"),
        (b"<script>alert(1)</script>", "steps.html", "txt"),
    ],
)
def test_the_copy_of_a_runbook_stays_as_it_is(content: bytes, name: str, extension: str) -> None:
    kept = read_runbook(io.BytesIO(content), name)
    assert (kept.content, kept.extension) == (content, extension)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"\xff\xfe", "not_a_runbook"),
        (b"PK\x03\x04", "not_a_runbook"),
        (b"a\0b", "not_a_runbook"),
        (b"a" * (SIZE_LIMIT + 1), "too_large"),
    ],
)
def test_what_is_no_runbook_is_refused_whatever_its_name(content: bytes, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        read_runbook(io.BytesIO(content), "steps.pdf")
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("title", "start"),
    [
        ("Graphe d'août", "graphe-daout-"),
        ("../../etc/passwd", "etcpasswd-"),
        ("图", "file-"),
        ("x" * 200, "xxx"),
    ],
)
def test_a_stored_file_has_a_readable_name_of_its_own(db: None, title: str, start: str) -> None:
    postmortem = PostmortemFactory()
    picture = read_picture(encoded(Image.new("RGB", (1, 1)), "PNG"))
    names = {keep_attachment(postmortem, title, picture) for _ in range(3)}
    assert len(names) == 3
    for name in names:
        assert name.startswith(start)
        assert name.endswith(".png")
        assert "/" not in name
        assert len(name) <= 100
        with default_storage.open(attachment_path(postmortem, name)) as stored:
            assert stored.read() == picture.content
