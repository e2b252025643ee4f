"""``manage.py demo``: data to try the application with."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config import demo
from config.auth import DEMO_DOMAIN


class Command(BaseCommand):
    """Accounts whose password everybody knows: refused unless the installation is a demo."""

    help = "Write the demo accounts, post-mortems and incident; with --reset again, as they were."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        when = parser.add_mutually_exclusive_group()
        when.add_argument("--first-run", action="store_true", help="only if nobody has an account yet")
        when.add_argument("--reset", action="store_true", help="remove the demo's data first")

    def handle(self, *, first_run: bool, reset: bool, **options: Any) -> None:
        """Load the data where that is allowed, and say how to sign in."""
        if not settings.DEMO:
            raise CommandError("Demo accounts are refused here. Set DEMO=1 to allow them.", returncode=1)
        loaded = demo.is_loaded()
        if loaded and not (first_run or reset):
            raise CommandError("There are accounts already. Write the demo anew with --reset.", returncode=1)
        if not loaded or reset:
            self.stdout.write("Writing the demo…")
            demo.load()
        logins = " ".join(f"{login}{DEMO_DOMAIN}" for login in demo.ACCOUNTS)
        self.stdout.write(f"Demo accounts (password “{demo.PASSWORD}”): {logins}")
