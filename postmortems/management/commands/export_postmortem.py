"""Writes one post-mortem as Markdown."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from postmortems.management.find import find_postmortem
from postmortems.management.write import write_files
from postmortems.selectors.export import exported_files


class Command(BaseCommand):
    help = "Writes a post-mortem as Markdown, to standard output or below a directory."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("postmortem", metavar="SLUG_OR_ID")
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--stdout", action="store_true", help="print the Markdown (the default)")
        where.add_argument(
            "--directory",
            type=Path,
            help="write docs/post-mortems/YYYY-MM-DD-slug.md and its pictures below it",
        )
        parser.add_argument("--front-matter", action="store_true", help="begin with YAML front matter")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export the post-mortem."""
        files = exported_files(find_postmortem(options["postmortem"]), front_matter=options["front_matter"])
        if options["directory"]:
            for path in write_files(options["directory"], files):
                self.stdout.write(str(path))
        else:
            self.stdout.write(next(files)[1].decode(), ending="")
