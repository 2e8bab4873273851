"""Logs: every line one JSON object on stderr, whoever writes it, and nothing in it that is secret.

What is written are facts of ours (names of things done, ids, counts, times). Messages of errors may
repeat what was sent or kept, a name or a password maybe: of those only the kind is written, and
where it happened. Errors of databases and of the system keep theirs, since without it nobody knows
what to do; what they tell of rows is cut off.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Mapping
from typing import Any, TextIO

import structlog
from structlog.tracebacks import ExceptionDictTransformer
from structlog.types import EventDict, ExcInfo, Processor

__all__ = ["configure_logs", "make_formatter"]

_log = logging.getLogger(__name__)

# Errors whose message is kept.
_SPOKEN = frozenset(
    {
        "OperationalError", "InternalError", "ProgrammingError", "InterfaceError", "TimeoutError",
        "OSError", "PermissionError", "FileNotFoundError", "ConnectionError", "BlockingIOError",
        "ConnectionRefusedError", "ConnectionResetError", "BrokenPipeError", "MemoryError",
        "ModuleNotFoundError", "ImportError", "DatabaseBusyError", "DatabaseUnreachableError",
        "DiskFullError", "OutdatedDatabaseError", "NotReadyError",
    }
)  # fmt: skip
_HIDDEN = "***"
_SECRETS = (
    # our tokens, those of the company's sign-in, passwords in a URL, what PostgreSQL tells of rows
    (re.compile(r"\b(sp[ks]|whsec)_[\w+/=-]+"), _HIDDEN),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), _HIDDEN),
    (re.compile(r"(?i)\bbearer\s+\S+"), _HIDDEN),
    (re.compile(r"(://[^/\s:@]*):[^@\s]*@"), r"\1:***@"),
    (re.compile(r"(DETAIL|CONTEXT|HINT|LINE \d+):.*", re.DOTALL), _HIDDEN),
)
_MOST_FRAMES = 40
# They write down whole addresses.
_TALKATIVE = ("httpx", "httpx2", "urllib3")


def configure_logs(level: str, stream: TextIO | None = None) -> None:
    """Have everything this process logs written as JSON, the end of a thread by a fault too.

    Parameters
    ----------
    level
        Name of the least level written.
    stream
        None: stderr.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(make_formatter())
    logging.captureWarnings(True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    threading.excepthook = _log_end_of_thread


def _log_end_of_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_type is SystemExit or ended.exc_value is None:
        return
    name = "unknown" if ended.thread is None else ended.thread.name
    told = (ended.exc_type, ended.exc_value, ended.exc_traceback)
    _log.critical("thread %s was ended by a fault", name, exc_info=told)


def make_formatter() -> logging.Formatter:
    """Return what turns a record of `logging` into a line."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.ExceptionRenderer(_describe),
        _plain,
        _hide_secrets,
    ]
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


_transform = ExceptionDictTransformer(show_locals=False, max_frames=_MOST_FRAMES)


def _describe(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """Return what happened and where, without what was said of it."""
    return [_quieten(stack) for stack in _transform(exc_info)]


def _quieten(stack: Mapping[str, Any]) -> dict[str, Any]:
    frames = [f"{f['filename']}:{f['lineno']} {f['name']}" for f in stack["frames"]]
    quiet = {"type": stack["exc_type"], "frames": frames}
    if stack["exc_type"] in _SPOKEN:
        quiet["message"] = stack["exc_value"]
    if stack.get("exceptions"):
        quiet["within"] = [[_quieten(s) for s in group] for group in stack["exceptions"]]
    return quiet


def _plain(_logger: object, _method: str, event: EventDict) -> EventDict:
    for name in ("color_message", "message", "asctime"):  # the same again, for other formatters
        event.pop(name, None)
    return event


def _hide_secrets(_logger: object, _method: str, event: EventDict) -> EventDict:
    return {
        name: value if name in ("_record", "_from_structlog") else _hidden(value)
        for name, value in event.items()
    }


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        for pattern, instead in _SECRETS:
            value = pattern.sub(instead, value)
        return value
    if isinstance(value, Mapping):
        return {name: _hidden(part) for name, part in value.items()}
    return [_hidden(part) for part in value] if isinstance(value, list | tuple) else value
