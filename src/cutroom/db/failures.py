"""Why a database cannot be used, in a sentence for whoever runs the server: no password and no folder in it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import sqlalchemy as sa

from cutroom.kernel.errors import CutroomError, ErrorCode

_SETTING = "CUTROOM_DATABASE__URL"
_MAY_NOT = "42501"
_FILE_REASONS = {
    "SQLITE_READONLY": "its file may not be written",
    "SQLITE_CANTOPEN": "its file cannot be opened",
    "SQLITE_PERM": "its file may not be opened",
    "SQLITE_NOTADB": "its file is no database",
    "SQLITE_CORRUPT": "its file is damaged",
    "SQLITE_BUSY": "another program holds it",
    "SQLITE_FULL": "its disk is full",
    "SQLITE_IOERR": "its disk cannot be read or written",
}
# PostgreSQL gives no code for a connection that it refuses, only words.
_SERVER_REASONS = (
    (re.compile(r'database ".*" does not exist'), 'there is no database "{database}" at {where}'),
    (
        re.compile(r'role ".*" does not exist|authentication failed|no password supplied|pg_hba\.conf'),
        "{where} does not let {user} in",
    ),
    (re.compile(r"failed to resolve host"), "there is no host {where}"),
    (re.compile(r"Connection refused|No such file|timeout|timed out|unreachable"), "nothing answers at {where}"),
    (re.compile(r"invalid connection option"), "its URL has an option that PostgreSQL does not know"),
    (re.compile(r"too many"), "{where} takes no more connections"),
)


@contextlib.contextmanager
def reaching(url: sa.URL) -> Iterator[None]:
    """In the block a database that cannot be used is an ``INVALID_REQUEST``; faults of ours stay what they are."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        sqlite = url.get_backend_name() == "sqlite"
        reason = _of_a_file(error) if sqlite else _of_a_server(error, url)
        if reason is None:
            raise
        step = "Free it" if sqlite else "Start it"
        raise CutroomError(
            ErrorCode.INVALID_REQUEST,
            f"The database cannot be reached: {reason}.",
            next_step=f"{step}, or name another with {_SETTING}.",
            detail=str(error.orig),
        ) from error


def _of_a_file(error: sa.exc.DBAPIError) -> str | None:
    name = getattr(error.orig, "sqlite_errorname", "")
    return next((reason for code, reason in _FILE_REASONS.items() if name.startswith(code)), None)


def _of_a_server(error: sa.exc.DBAPIError, url: sa.URL) -> str | None:
    told, state = str(error.orig), getattr(error.orig, "sqlstate", None)
    facts = {"database": url.database or "", "where": _where(url), "user": _user(url)}
    if state == _MAY_NOT:
        return f"{_user(url)} may not change it"
    for pattern, reason in _SERVER_REASONS:
        if state is None and pattern.search(told):
            return reason.format_map(facts)
    return f"{_where(url)} refuses" if isinstance(error, sa.exc.OperationalError) else None


def _where(url: sa.URL) -> str:
    host = url.host or url.query.get("host") or "the usual socket"
    name = host if isinstance(host, str) else ", ".join(host)
    return "the socket" if name.startswith("/") else f"{name}, port {url.port}" if url.port else name


def _user(url: sa.URL) -> str:
    return f'the user "{url.username}"' if url.username else "us"
