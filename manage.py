#!/usr/bin/env python
"""Command line of the project: ``python manage.py <command>``."""

import os
import sys


def main() -> None:
    """Run the command named on the command line, after the configuration has been accepted."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from config.env import plain_refusals

    with plain_refusals():
        from django.conf import settings
        from django.core.management import execute_from_command_line

        _ = settings.INSTALLED_APPS
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
