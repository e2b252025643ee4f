"""Whether the installation works: two probes for whoever runs it, and the look before start-up."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe


class UnreachableError(Exception):
    """The database cannot be reached; the message says why in one line."""


def reach_database() -> None:
    """Connect once, waiting 5 s at most. Raises :class:`UnreachableError`.

    The pool is left aside, since it would retry for long and say little.
    """
    driver: Any = connection.Database  # type: ignore[attr-defined]
    parameters = connection.get_connection_params()
    if connection.vendor == "postgresql":
        parameters = {**parameters, "connect_timeout": 5}
        parameters.pop("pool", None)
    try:
        driver.connect(**parameters).close()
    except driver.Error as error:
        reason = " ".join(str(error).split())
        raise UnreachableError(f"The database of DATABASE_URL cannot be reached: {reason}") from None


def pending_migrations() -> bool:
    """Return whether the schema is behind the code. Raises ``DatabaseError``."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers; touches nothing else."""
    return HttpResponse("alive\n", content_type="text/plain")


@login_not_required
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and has every migration, else 503 with the reason."""
    try:
        reach_database()
        pending = pending_migrations()
    except (UnreachableError, DatabaseError):
        return HttpResponse("database unreachable\n", content_type="text/plain", status=503)
    if pending:
        return HttpResponse("migrations pending\n", content_type="text/plain", status=503)
    return HttpResponse("ready\n", content_type="text/plain")
