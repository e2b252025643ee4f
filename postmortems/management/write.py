"""Writing exported files, whole or not at all."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from django.core.management.base import CommandError


def write_files(directory: Path, files: Iterable[tuple[PurePosixPath, bytes]]) -> Iterator[Path]:
    """Writes files below a directory and yields where they are; a reader never sees half of one.

    Raises CommandError with exit code 2 when one cannot be written; nothing of it is left behind.
    """
    for relative, content in files:
        path = directory / relative
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, content)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.", returncode=2) from error
        yield path


def _write(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as partial:
        written = Path(partial.name)
    try:
        written.write_bytes(content)
        written.chmod(0o666 & ~_umask())
        written.replace(path)
    finally:
        written.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
