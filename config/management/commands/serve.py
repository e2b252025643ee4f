"""``manage.py serve``: prepare the database and serve pages and live documents in one process."""

import socket
from contextlib import suppress
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError

from config.env import local_url
from config.health import UnreachableError, pending_migrations, reach_database


class Command(BaseCommand):
    """Used by ``make run``; a supervisor can use it as well, as it ends with a reason and status 1."""

    help = "Apply pending migrations, load the demo where allowed, and serve on HOST and PORT."
    requires_system_checks = []

    def handle(self, **options: Any) -> None:
        """Serve until interrupted."""
        try:
            reach_database()
        except UnreachableError as error:
            raise CommandError(str(error)) from None
        with self.listen() as listener:
            self.prepare()
            self.stdout.write(f"Sans Blâme: {local_url(settings.HOST, settings.PORT)}")
            self.stdout.flush()
            server = uvicorn.Server(
                uvicorn.Config(
                    "config.asgi:application",
                    log_config=None,
                    access_log=False,
                    lifespan="off",
                    # TRUSTED_PROXIES decides whose word counts; the server would believe whoever is on
                    # this machine.
                    proxy_headers=False,
                    server_header=False,
                )
            )
            with suppress(KeyboardInterrupt):
                server.run(sockets=[listener])

    def listen(self) -> socket.socket:
        """Take HOST and PORT before anything else is done or said. Raises CommandError."""
        family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
        try:
            return socket.create_server((settings.HOST, settings.PORT), family=family)
        except OSError as error:
            where = f"HOST={settings.HOST} PORT={settings.PORT}"
            # Python adds the address again, in brackets.
            reason = str(error.strerror).partition(" (")[0]
            raise CommandError(f"Nothing can listen on {where}: {reason}.") from None

    def prepare(self) -> None:
        """Bring the database and the static files up to date."""
        if pending_migrations():
            self.stdout.write("Preparing the database…")
            call_command("migrate", interactive=False, verbosity=0)
        if not settings.DEBUG:
            call_command("collectstatic", interactive=False, verbosity=0)
        if settings.DEMO and "demo" in get_commands():
            call_command("demo", "--first-run", stdout=self.stdout)
