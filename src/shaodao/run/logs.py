"""Logging: readable lines by default, JSON lines with `SHAODAO_LOG=json`; both carry the request's id."""

import json
import logging
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="-")


class RequestId(logging.Filter):
    """Gives every record the id of the request it belongs to."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, request_id, message and, after a fault, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "request_id": getattr(record, "request_id", "-"),
            "message": record.getMessage(),
        }
        if record.exc_info:
            entry["traceback"] = self.formatException(record.exc_info)
        return json.dumps(entry, ensure_ascii=False)


def configuration(style: str) -> dict[str, Any]:
    """Django's LOGGING for a style, `json` or `lines`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request_id": {"()": "shaodao.run.logs.RequestId"}},
        "formatters": {
            "json": {"()": "shaodao.run.logs.JsonLines"},
            "lines": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
        },
        "handlers": {
            "console": {"class": "logging.StreamHandler", "filters": ["request_id"], "formatter": style}
        },
        "root": {"handlers": ["console"], "level": "INFO"},
        # Django's own handlers would print a second time, or try to send mail.
        "loggers": {"django": {"handlers": [], "level": "INFO", "propagate": True}},
    }
