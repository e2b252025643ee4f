"""Logs of the application: one JSON object per line, readable lines while developing.

They say what happened and to which request, never what people wrote: no query string, no body, no
token, and of an exception its type and frames but not its message, which may quote a document.
"""

import json
import logging
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Identifier of the request that the current context serves, empty outside of a request."""

FIELDS = ("event", "method", "path", "status", "duration_ms", "user_id")
SECRET_ARGUMENTS = frozenset({"key", "token", "uidb36", "secret"})


def loggable_path(request: HttpRequest) -> str:
    """Return the path of a request with the secrets that its address carries blanked out."""
    path = request.path
    match = request.resolver_match
    for name, value in match.kwargs.items() if match else ():
        if name in SECRET_ARGUMENTS:
            path = path.replace(str(value), "…")
    return path


class JSONFormatter(logging.Formatter):
    """Writes a record as one line of JSON, times in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request_id.get():
            line["request_id"] = request_id.get()
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest):
            # Django's own messages about a request quote its raw path or the exception's message.
            line["message"] = str(record.msg).partition(":")[0]
            line["path"] = loggable_path(request)
        line.update({name: value for name in FIELDS if (value := getattr(record, name, None)) is not None})
        if record.exc_info and record.exc_info[0]:
            line["exception"] = record.exc_info[0].__name__
            line["frames"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])
            ]
        return json.dumps(line, ensure_ascii=False, default=str)


def configuration(level: str, *, readable: bool) -> dict[str, Any]:
    """Return the logging configuration: everything from ``level`` up goes to standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "config.logs.JSONFormatter"},
            "readable": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s", "datefmt": "%H:%M:%S"},
        },
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "readable" if readable else "json"}
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            # Each request has one line already; what Django adds is of interest when it failed.
            "django.request": {"level": "ERROR"},
            "uvicorn": {"handlers": [], "level": "WARNING", "propagate": True},
            "asyncio": {"level": "WARNING"},
        },
    }
