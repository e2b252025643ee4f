"""Writing exported files, whole or not at all."""

import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from django.core.management.base import CommandError


def write_files(directory: Path, files: Iterable[tuple[PurePosixPath, bytes]]) -> Iterator[Path]:
    """Writes files below a directory and yields where they are; a reader never sees half of one.

    Raises CommandError with exit code 2 when the directory cannot be written.
    """
    for relative, content in files:
        path = directory / relative
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as partial:
                partial.write(content)
            Path(partial.name).chmod(0o666 & ~_umask())
            Path(partial.name).replace(path)
        except OSError as error:
            raise CommandError(f"{path} cannot be written: {error.strerror}.", returncode=2) from error
        yield path


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
