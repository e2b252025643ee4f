"""Writes all validated post-mortems as Markdown."""

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from postmortems.domain.document import State
from postmortems.management.write import write_files
from postmortems.models import Postmortem
from postmortems.selectors.export import exported_files


class Command(BaseCommand):
    help = "Writes every validated or closed post-mortem below a directory; ends with 2 if one cannot be."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--directory", type=Path, required=True)
        parser.add_argument(
            "--since", type=date.fromisoformat, help="only those changed on this day or later, as YYYY-MM-DD"
        )
        parser.add_argument("--front-matter", action="store_true", help="begin each with YAML front matter")

    def handle(self, *args: Any, **options: Any) -> None:
        """Export them, saying how far it is."""
        postmortems = Postmortem.objects.filter(state__in=[State.VALIDATED, State.CLOSED]).order_by("slug")
        if options["since"]:
            postmortems = postmortems.filter(updated_at__date__gte=options["since"])
        total, failed = postmortems.count(), 0
        for number, postmortem in enumerate(postmortems.iterator(), start=1):
            files = exported_files(postmortem, front_matter=options["front_matter"])
            try:
                for path in write_files(options["directory"], files):
                    self.stdout.write(f"{number}/{total} {path}")
            except (CommandError, OSError) as error:
                failed += 1
                self.stderr.write(f"{number}/{total} {error}")
        if failed:
            raise CommandError(f"{failed} of {total} post-mortems could not be exported.", returncode=2)
        self.stdout.write(f"{total} post-mortems exported.")
