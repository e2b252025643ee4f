"""Reads the times out of a pasted chat, log or list."""

import json
import sys
from argparse import ArgumentParser, ArgumentTypeError
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from postmortems.domain.document import Language
from postmortems.domain.paste import parse_paste


def zone_name(value: str) -> str:
    """An IANA zone name. Raises ArgumentTypeError for anything else."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ArgumentTypeError(f"{value!r} is not an IANA time zone such as Europe/Paris") from error
    return value


class Command(BaseCommand):
    help = "Prints the rows that a pasted chat, log, CSV or list would give, and what was doubtful."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", nargs="?", type=Path, help="standard input when left out")
        parser.add_argument(
            "--date",
            type=date.fromisoformat,
            help="the day of times without one, as YYYY-MM-DD; today by default",
        )
        parser.add_argument(
            "--zone", type=zone_name, default=settings.TIME_ZONE, help="the zone of those times"
        )
        parser.add_argument("--language", choices=list(Language), default=Language.ENGLISH)
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the rows; ends with 1 when no line has a time."""
        zone = ZoneInfo(options["zone"])
        day = options["date"] or timezone.now().astimezone(zone).date()
        result = parse_paste(_read(options["file"]), day, options["zone"], Language(options["language"]))
        if options["json"]:
            self.stdout.write(
                json.dumps(
                    {
                        "rows": [
                            {
                                "at": row.at.isoformat(),
                                "text": row.text,
                                "line": row.line,
                                "doubts": [doubt.value for doubt in row.doubts],
                            }
                            for row in result.rows
                        ],
                        "unplaced": [{"line": line.line, "text": line.text} for line in result.unplaced],
                    },
                    ensure_ascii=False,
                    indent=2,
                )
            )
        else:
            for row in result.rows:
                doubts = f"  ({', '.join(doubt.value for doubt in row.doubts)})" if row.doubts else ""
                self.stdout.write(f"{row.at.astimezone(zone):%Y-%m-%d %H:%M:%S}  {row.text}{doubts}")
            for line in result.unplaced:
                self.stdout.write(f"line {line.line} has no time: {line.text}")
        if not result.rows:
            raise SystemExit(1)


def _read(path: Path | None) -> str:
    try:
        return (path.read_bytes() if path else sys.stdin.buffer.read()).decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(
            f"{path or 'Standard input'} cannot be read as UTF-8 text: {error}.", returncode=2
        ) from error
