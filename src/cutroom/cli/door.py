"""What every command is handed: where to speak, how to be stopped, and how to get at the services when needed."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from cutroom.cli.exit_codes import Exit, exit_code
from cutroom.cli.wording import printable
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode

if TYPE_CHECKING:
    from cutroom.actions.services import Services

_log = logging.getLogger("cutroom.cli")


@dataclass(frozen=True, slots=True)
class Door:
    """The surroundings of one command."""

    out: TextIO
    err: TextIO
    cancel: CancelToken
    open_services: Callable[[bool], AbstractContextManager[Services]]
    """Called with ``guarded``; nothing heavy is loaded before."""
    as_json: bool

    def say(self, text: str, *, aside: bool = False) -> None:
        """Print on standard output, or on standard error where ``aside``."""
        with telling_of_a_full_disk():
            print(text, file=self.err if aside else self.out, flush=True)

    def document(self, content: Any, *, aside: bool = False) -> None:
        """Print one JSON document. ASCII only, so that it passes through every terminal and pipe unharmed."""
        self.say(json.dumps(content, indent=2, allow_nan=False), aside=aside)

    def fail(self, error: CutroomError, about: str = "", **fields: str) -> Exit:
        """Tell an error in one line (or one JSON document) on standard error; returns the exit code.

        ``about`` begins the line; ``fields`` say in the document what the error is about.
        """
        if error.detail:
            lines = [printable(line) for line in error.detail[-8000:].splitlines()]
            _log.debug("%s: %s", error.code, "\n  ".join(lines))
        if self.as_json:
            self.document({"error": error_content(error)} | fields, aside=True)
        else:
            self.say(f"cutroom: {about}{printable(sentence(error), 1000)}", aside=True)
        return exit_code(error.code)


@contextlib.contextmanager
def telling_of_a_full_disk() -> Iterator[None]:
    """What standard output cannot take, in our words. A reader that went away is another matter, and passes."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        full = error.errno == errno.ENOSPC
        raise CutroomError(
            ErrorCode.DISK_FULL if full else ErrorCode.TARGET_NOT_WRITABLE,
            "The disk behind standard output is full." if full else "Standard output cannot be written.",
            detail=str(error),
        ) from error


def sentence(error: CutroomError) -> str:
    """The message and the next step, in this door's words."""
    step, told = next_step(error), message(error)
    return f"{told} {step}" if step else told


def message(error: CutroomError) -> str:
    """What went wrong. The folder is named here alone: it is the user's own, while other doors speak to strangers."""
    folder = error.fields.get("folder")
    named = isinstance(folder, Path) and folder != Path()
    return f"{error.message.removesuffix('.')}: {printable(str(folder), 200)}." if named else error.message


def next_step(error: CutroomError) -> str | None:
    """What to do about an error, naming the options of this door where one helps."""
    if error.code is ErrorCode.TARGET_EXISTS:
        named = error.fields.get("target")
        replaced = f'"{printable(named.name, 80)}"' if isinstance(named, Path) else "it"
        return f"Use --force to replace {replaced}, or -o to name another."
    if error.code is ErrorCode.SOURCE_REFUSED_ADDRESS:
        return "Use a link to a public server. If you trust this one, leave out --guarded and allow private networks."
    return error.next_step


def error_content(error: CutroomError) -> dict[str, Any]:
    """An error as JSON."""
    return {"code": error.code.value, "message": message(error), "next_step": next_step(error)}
