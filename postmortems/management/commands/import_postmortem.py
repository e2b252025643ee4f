"""Reads post-mortems back from files in the project's own format."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError

from postmortems.domain.document import Document
from postmortems.domain.markdown.parse import ParseError, parse
from postmortems.models import User
from postmortems.services.imports import import_document


class Command(BaseCommand):
    help = "Imports post-mortems from Markdown files, each whole or not at all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
        parser.add_argument("--format", choices=["sansblame"], default="sansblame", help="the files' format")
        parser.add_argument("--owner", metavar="EMAIL", help="the account that imports; required to write")
        parser.add_argument(
            "--dry-run", action="store_true", help="report what would be imported, write nothing"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object a file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the files and report on each."""
        owner = None if options["dry_run"] else self._owner(options["owner"])
        failed = 0
        for path in options["files"]:
            try:
                document = parse(path.read_text(encoding="utf-8"))
                slug = import_document(document, actor=owner, keep_state=True).slug if owner else None
            except (OSError, UnicodeDecodeError, ParseError, ValidationError, DatabaseError) as error:
                failed += 1
                self.stderr.write(f"{path}: {_reason(error)}")
                continue
            report = {**_report(document), "file": str(path), "slug": slug}
            self.stdout.write(
                json.dumps(report, ensure_ascii=False) if options["json"] else _sentence(report)
            )
        if failed:
            raise CommandError(f"{failed} of {len(options['files'])} files could not be used.", returncode=2)

    def _owner(self, email: str | None) -> User:
        if not email:
            raise CommandError(
                "Say whose import it is with --owner EMAIL, or try it with --dry-run.", returncode=2
            )
        owner = User.objects.filter(email__iexact=email, is_active=True).first()
        if owner is None:
            raise CommandError(f"No active account has the address {email}.", returncode=2)
        return owner


def _report(document: Document) -> dict[str, Any]:
    cause, lessons = document.root_cause, document.lessons
    return {
        "title": document.title,
        "language": document.language.value,
        "sections": {
            "summary": sum(
                map(bool, (document.summary.impact, document.summary.root_cause, document.summary.tldr))
            ),
            "timeline": len(document.timeline.events),
            "impact": len(document.impact.metrics),
            "root-cause": len(cause.chains) + len(cause.factors) + len(cause.diagrams),
            "actions": len(document.actions),
            "lessons": sum(
                map(len, (lessons.went_well, lessons.not_well, lessons.lucky, lessons.recommendations))
            ),
            "annexes": len(document.annexes),
        },
        "timeline": len(document.timeline.events),
        "actions": len(document.actions),
    }


def _sentence(report: dict[str, Any]) -> str:
    done = f"imported as {report['slug']}" if report["slug"] else "can be imported"
    return (
        f"{report['file']}: {done}. {report['title']!r}, {report['timeline']} timeline events, "
        f"{report['actions']} actions."
    )


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror}."
    if isinstance(error, UnicodeDecodeError):
        return f"is not UTF-8 (byte {error.start}). Save it as UTF-8 and try again."
    return str(error)
