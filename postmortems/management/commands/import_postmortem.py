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
from postmortems.domain.markdown.render import IMAGES, file_name
from postmortems.models import User
from postmortems.services.attachments import Attachment, read_attachment
from postmortems.services.imports import check_document, import_document

TROUBLES = 10
"""So many are told of one file."""
UNUSABLE = (OSError, UnicodeDecodeError, ParseError, ValidationError, DatabaseError)


class Command(BaseCommand):
    help = "Imports post-mortems from Markdown files, each whole or not at all."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
        parser.add_argument(
            "--format",
            choices=["auto", "sansblame"],
            default="auto",
            help="the files' format; auto finds out which it is",
        )
        parser.add_argument(
            "--owner",
            metavar="EMAIL",
            help="the account that imports; without it the only staff account, if there is just one",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="report what would be imported, write nothing"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object a file, on a line each")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the files and report on each."""
        owner = None if options["dry_run"] else _owner(options["owner"])
        failed = 0
        for path in options["files"]:
            try:
                report = _use(path, owner)
            except UNUSABLE as error:
                failed += 1
                if options["json"]:
                    self._print({"file": str(path), "error": _reason(error)})
                else:
                    self.stderr.write(f"{path}: {_reason(error)}")
            else:
                if options["json"]:
                    self._print(report)
                else:
                    self.stdout.write(_sentence(report))
        if failed:
            raise CommandError(f"{failed} of {len(options['files'])} files could not be used.", returncode=2)

    def _print(self, line: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(line, ensure_ascii=False))


def _owner(email: str | None) -> User:
    active = User.objects.filter(is_active=True)
    if email:
        owner = active.filter(email__iexact=email).first()
        if owner is None:
            raise CommandError(f"No active account has the address {email}.", returncode=2)
        return owner
    staff = list(active.filter(is_staff=True)[:2])
    if len(staff) != 1:
        number = "several staff accounts" if staff else "no staff account"
        raise CommandError(
            f"There is {number}: say whose import it is with --owner EMAIL, or try it with --dry-run.",
            returncode=2,
        )
    return staff[0]


def _use(path: Path, owner: User | None) -> dict[str, Any]:
    """Imports a file, or with nobody to own it only tries to; returns the report."""
    document = parse(path.read_text(encoding="utf-8"))
    attachments, warnings = _attachments(path, document)
    report = {"file": str(path), **_report(document), "warnings": warnings}
    if owner is None:
        check_document(document)
        return report
    postmortem = import_document(document, actor=owner, keep_state=True, attachments=attachments)
    return {**report, "slug": postmortem.slug}


def _attachments(path: Path, document: Document) -> tuple[dict[str, Attachment], list[str]]:
    """What the annexes carry and lies beside the file, as it is exported; and what there is to warn of."""
    found, warnings = {}, []
    folder = path.parent / IMAGES / file_name(document)
    for annex in document.annexes:
        if not annex.file:
            continue
        try:
            with (folder / annex.file).open("rb") as file:
                attachment = read_attachment(annex.kind, file, annex.file)
        except (OSError, ValidationError) as error:
            warnings.append(f"{folder / annex.file} {_reason(error)}")
        else:
            found[annex.file] = attachment
    return found, warnings


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
        # The format leaves no room for words of no meaning: the parser refuses them.
        "unrecognised_words": 0,
    }


def _sentence(report: dict[str, Any]) -> str:
    done = f"imported as {report['slug']}" if "slug" in report else "can be imported"
    first = (
        f"{report['file']}: {done}. {report['title']!r}, {report['timeline']} timeline events, "
        f"{report['actions']} actions."
    )
    return "\n".join([first, *(f"  warning: {warning}" for warning in report["warnings"])])


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        told, more = error.messages[:TROUBLES], len(error.messages) - TROUBLES
        return f"cannot be used: {' '.join(told)}" + (f" There are {more} more troubles." if more > 0 else "")
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror}."
    if isinstance(error, UnicodeDecodeError):
        return f"is not UTF-8 (byte {error.start}). Save it as UTF-8 and try again."
    return str(error)
