"""Prints the acceptance report of a post-mortem."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from postmortems.domain.findings import Level
from postmortems.domain.status import TRANSITIONS
from postmortems.management.find import find_postmortem
from postmortems.messages import describe
from postmortems.models.choices import label
from postmortems.services.review import evaluate_now


class Command(BaseCommand):
    help = "Evaluates the acceptance criteria; ends with 1 when the next gate is closed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("postmortem", metavar="SLUG_OR_ID")
        parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print the report."""
        standing = evaluate_now(find_postmortem(options["postmortem"]).pk)
        document, report = standing.document, standing.report
        leaving = [name for name, rule in TRANSITIONS.items() if document.state in rule.sources]
        blocking = {finding for name in leaving for finding in report.blocking(name)}
        with translation.override(document.language):
            lines = [
                {
                    "code": finding.code.value,
                    "detail": finding.detail.value,
                    "level": finding.level.value,
                    "section": finding.section.value if finding.section else None,
                    "anchor": finding.anchor,
                    "blocks": finding in blocking,
                    "message": describe(finding),
                    "who": [label(role) for role in finding.who],
                }
                for finding in report.findings
                if finding in blocking or finding.level is not Level.BLOCKER
            ]
        if options["json"]:
            summary = {"state": document.state.value, "open": not blocking, "findings": lines}
            self.stdout.write(json.dumps(summary, ensure_ascii=False, indent=2))
        else:
            for line in lines:
                mark = "✗" if line["blocks"] else "·"
                self.stdout.write(f"{mark} {line['code']}: {line['message']}")
            self.stdout.write(
                f"{len(blocking)} findings keep the next gate closed." if blocking else "Ready."
            )
        if blocking:
            raise SystemExit(1)
