"""The files that a post-mortem is published as."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from django.core.files.storage import default_storage

from postmortems.domain.markdown.render import IMAGES, file_name, render
from postmortems.models import Postmortem
from postmortems.selectors.document import load_document

FOLDER = PurePosixPath("docs/post-mortems")


def exported_files(
    postmortem: Postmortem, *, front_matter: bool = False
) -> Iterator[tuple[PurePosixPath, bytes]]:
    """The Markdown file and what its annexes carry: paths below the docs repository, and what they hold."""
    document = load_document(postmortem.pk)
    yield FOLDER / f"{postmortem.slug}.md", render(document, front_matter=front_matter).encode()
    for annex in document.annexes:
        stored = f"{postmortem.pk}/{annex.file}"
        if annex.file and default_storage.exists(stored):
            with default_storage.open(stored) as attachment:
                yield FOLDER / IMAGES / file_name(document) / annex.file, attachment.read()
