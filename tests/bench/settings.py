"""The production settings, with two bare views beside the application's own.

``BENCH_DIRECTORY`` holds what the run makes for itself: collected static files, the bare page.
"""

import os
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "only-for-measurements-and-long-enough-to-sign-with-it-safely")
os.environ.setdefault("BASE_URL", "http://127.0.0.1")

from config.settings import *  # noqa: F403

DIRECTORY = Path(os.environ["BENCH_DIRECTORY"])
ROOT_URLCONF = "tests.bench.urls"
STATIC_ROOT = DIRECTORY / "static"
TEMPLATES[0]["DIRS"] += [DIRECTORY]  # type: ignore[operator]  # noqa: F405
