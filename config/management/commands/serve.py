"""``manage.py serve``: prepare the database and serve pages and live documents in one process."""

import os
from argparse import ArgumentParser
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError

from config.health import UnreachableError, pending_migrations, reach_database


class Command(BaseCommand):
    """Used by ``make run``; a supervisor can use it as well, as it ends with a reason and status 1."""

    help = "Apply pending migrations, load the demo where allowed, and serve."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options; HOST and PORT in the environment are their defaults."""
        parser.add_argument("--host", default=os.environ.get("HOST") or "127.0.0.1")
        parser.add_argument("--port", type=int, default=os.environ.get("PORT") or "8000")

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        """Serve until interrupted."""
        try:
            reach_database()
        except UnreachableError as error:
            raise CommandError(str(error)) from None
        if pending_migrations():
            self.stdout.write("Preparing the database…")
            call_command("migrate", interactive=False, verbosity=0)
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
        if settings.DEMO and "demo" in get_commands():
            call_command("demo", "--first-run", stdout=self.stdout)
        self.stdout.write(f"Sans Blâme: http://{host}:{port}")
        self.stdout.flush()
        uvicorn.run(
            "config.asgi:application",
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="off",
            server_header=False,
        )
