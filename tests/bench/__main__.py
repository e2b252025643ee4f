"""``python -m tests.bench``: every promised figure, measured here and now on both databases.

Ratios compare with a bare Django view behind the same middleware on the same server in the same run;
the figures in brackets depend on the machine and on what else it does. Figures are printed, never
asserted: the exit status is 0 whether the targets are met or not.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.figures import Figure

DATABASES = {
    "SQLite": ([], {"DATABASE_URL": "sqlite:///any"}),
    "PostgreSQL": ([sys.executable, "-m", "tests.postgresql"], {}),
}
MET = {True: "yes", False: "NO", None: ""}


def main() -> int:
    """Measure each database in a process of its own, and print the table."""
    found: dict[str, list[Figure]] = {}
    for database, (prefix, environment) in DATABASES.items():
        print(f"Measuring on {database}…", file=sys.stderr, flush=True)
        with tempfile.NamedTemporaryFile(suffix=".json") as result:
            command = [*prefix, sys.executable, "-m", "tests.bench.measure", result.name]
            subprocess.run(command, env={**os.environ, **environment}, check=True)
            found[database] = [Figure(**each) for each in json.loads(Path(result.name).read_text("utf-8"))]
    rows = [("figure", *found, "target", "met")]
    for figures in zip(*found.values(), strict=True):
        met = {MET[figure.met]: None for figure in figures}
        values = (figure.value for figure in figures)
        rows.append((figures[0].name, *values, figures[0].target, " / ".join(met)))
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
