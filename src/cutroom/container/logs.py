"""The log of a server: one JSON object a line on standard error, with the request it belongs to, without secrets."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any

from cutroom.kernel.unseen import unseen

# Its printer for consoles would bring rich and pygments along: 3 MB in every process, for what a server never prints.
with unseen("rich"):
    import structlog

_HIDDEN = "[hidden]"
# What opens something: API keys, webhook and provider secrets, session tokens, signed links, once-tokens, and the
# passwords in database and proxy addresses.
_SECRETS = re.compile(
    r"\b(?:ve_live_|clp_|sk_live_|sk_test_|rk_live_|whsec_|pm_|tok_)[A-Za-z0-9+/=_]{6,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    r"|(?<=/files/)[A-Za-z0-9_.\-]{16,}"
    r"|(?<=[?&#])(?:token|key|signature|sig|X-Amz-[A-Za-z]+)=[^&\s\"']+"
    r"|(?<=://)[^/\s:@\"']*:[^/\s@\"']+(?=@)"
    r"|(?i:(?<=bearer )[A-Za-z0-9._~+/=-]{8,})"
)
_SECRET_NAMES = re.compile(r"(?i)pass(word|phrase)?|secret|authorization|api_?key|cookie|credential|^token$")
_CHATTY = ("httpx2", "httpcore2", "uvicorn.error", "alembic", "dbos", "multipart", "asyncio")


class Sparing(logging.Filter):
    """Lets a message of a logger pass once in ``seconds``: what retries for ever says so by the second."""

    def __init__(self, name: str, seconds: float = 30.0, now: Callable[[], float] = time.monotonic) -> None:
        super().__init__(name)
        self._seconds, self._now = seconds, now
        self._told: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not super().filter(record):
            return True  # another's
        moment, key = self._now(), f"{record.levelno} {str(record.msg)[:60]}"
        if moment - self._told.get(key, -self._seconds) < self._seconds:
            return False
        if len(self._told) > 1000:
            self._told.clear()
        self._told[key] = moment
        return True


def set_up_server_log(level: str) -> None:
    """Send everything that is logged in this process to standard error, one JSON object a line."""
    before: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *before,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=before,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(sort_keys=True),
            ],
        )
    )
    handler.addFilter(Sparing("dbos"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.getLogger("cutroom").setLevel(level.upper())
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def hide_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A processor: whatever looks like a secret, or is called one, is replaced."""
    for name, value in event.items():
        if not name.startswith("_"):
            event[name] = _HIDDEN if _SECRET_NAMES.search(name) else without_secrets(value)
    return event


def without_secrets(value: Any) -> Any:
    """The same text, list or mapping with everything hidden that opens something.

    >>> without_secrets("GET /files/eyJhbGciOiJIUzI1NiJ9xyz")
    'GET /files/[hidden]'
    """
    if isinstance(value, str):
        return _SECRETS.sub(_HIDDEN, value)
    if isinstance(value, Mapping):
        return {
            name: _HIDDEN if _SECRET_NAMES.search(str(name)) else without_secrets(one) for name, one in value.items()
        }
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [without_secrets(one) for one in value]
    return value if isinstance(value, (int, float, bool, type(None))) else without_secrets(str(value))
