"""Look the pinned packages up among the published vulnerabilities: ``python -m tests.audit FILE``.

Exit status 0: every package was looked up and none is vulnerable; 1: some are vulnerable, listed;
3: the index cannot be reached, or does not know some of the packages, so that nothing is proved.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

PROVES_NOTHING = 3


def main(requirements: str) -> int:
    """Run pip-audit on a requirements file and return the exit status."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.json"
        options = ["--require-hashes", "--disable-pip", "--progress-spinner=off", "--timeout=10"]
        command = [
            sys.executable,
            "-m",
            "pip_audit",
            "-r",
            requirements,
            "-f",
            "json",
            "-o",
            str(report),
            *options,
        ]
        try:
            subprocess.run(command, check=False, capture_output=True, timeout=120)
            packages = json.loads(report.read_text(encoding="utf-8"))["dependencies"]
        except (subprocess.TimeoutExpired, OSError, ValueError, KeyError):
            print("The index of vulnerabilities cannot be reached.")
            return PROVES_NOTHING
    vulnerable = [package for package in packages if package.get("vulns")]
    for package in vulnerable:
        names = ", ".join(vulnerability["id"] for vulnerability in package["vulns"])
        print(f"{package['name']} {package['version']}: {names}")
    if vulnerable:
        return 1
    unknown = sum("skip_reason" in package for package in packages)
    print(f"{len(packages) - unknown} of {len(packages)} packages looked up, none vulnerable.")
    return PROVES_NOTHING if unknown else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
