"""The entry point of the command line, and its composition point: the one file here that knows the container.

Whatever goes wrong ends here as one line on standard error and an exit code. Imports are inside the functions so that
``--help`` stays quick and a Ctrl-C during the loading of libraries is heard.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cutroom.actions.services import Services
    from cutroom.cli.door import Door
    from cutroom.kernel.errors import CutroomError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code. ``arguments`` defaults to those of the process. Main thread only."""
    words = sys.argv[1:] if arguments is None else list(arguments)
    code = 1
    try:
        _settle_streams()
        code = _run(words)
        sys.stdout.flush()
    except KeyboardInterrupt:  # before the signals are watched, or after
        return 130
    except (BrokenPipeError, SystemExit):  # the second is what rich makes of the first while it prints the help
        code = 141
        _drop_streams()
    except OSError:  # told already, when it was written to
        _drop_streams()
    return code


def _run(words: list[str]) -> int:
    from cutroom.cli.signals import StopSignals
    from cutroom.kernel.cancel import CancelToken
    from cutroom.kernel.errors import CutroomError, ErrorCode

    cancel = CancelToken()
    with StopSignals(cancel) as signals:
        from cutroom.cli.door import Door

        options = words[: words.index("--")] if "--" in words else words
        door = Door(sys.stdout, sys.stderr, cancel, _open_services, "--json" in options)
        _set_up_log("debug" if "--verbose" in options else "warning")
        try:
            return _call(words, door)
        except CutroomError as error:
            if error.code is ErrorCode.CANCELLED and signals.received is not None:
                door.fail(error)
                return 128 + signals.received
            return door.fail(error)
        except BrokenPipeError:
            raise
        except Exception as error:  # noqa: BLE001 - the boundary: a fault becomes a sentence
            return door.fail(_fault(error, tell=_in_detail()))


def _call(words: list[str], door: Door) -> int:
    """Parse and run. Raises ``CutroomError(INVALID_REQUEST)`` for a command that cannot be understood."""
    from cyclopts import CycloptsError

    from cutroom.cli.app import build_app
    from cutroom.cli.tokens import shield
    from cutroom.cli.usage import usage_error

    try:
        command, bound, unparsed = build_app().parse_args(shield(words))
    except CycloptsError as error:
        raise usage_error(error) from error
    if "door" in unparsed:
        code = command(*bound.args, **bound.kwargs, door=door)
        return int(code)
    command(*bound.args, **bound.kwargs)  # --help and --version
    return 0


@contextlib.contextmanager
def _open_services(guarded: bool) -> Iterator[Services]:  # noqa: FBT001 - the signature the door declares
    from cutroom.container import open_services
    from cutroom.settings import load_settings

    settings = load_settings()
    if not _in_detail():
        _set_up_log(settings.log)
    if guarded:
        outbound = settings.outbound.model_copy(update={"allow_private_networks": False})
        settings = settings.model_copy(update={"outbound": outbound})
    # On the command line the user is the operator: private networks are theirs to reach unless they say otherwise.
    with open_services(settings, private_networks=True, local_files=True) as services:
        yield services


def _set_up_log(level: str) -> None:
    import logging

    logging.basicConfig(stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s", force=True)
    logging.getLogger("cutroom").setLevel(level.upper())


def _in_detail() -> bool:
    import logging

    return logging.getLogger("cutroom").isEnabledFor(logging.DEBUG)


def _fault(error: Exception, *, tell: bool) -> CutroomError:
    from cutroom.kernel.errors import CutroomError, ErrorCode

    if tell:
        import traceback

        traceback.print_exception(error, file=sys.stderr)
    return CutroomError(
        ErrorCode.INTERNAL,
        f"Something is wrong inside Cutroom ({type(error).__name__}).",
        next_step=None if tell else "Run the command again with --verbose to see where.",
    )


def _settle_streams() -> None:
    """A stream that was closed swallows text, and no character is too strange for any terminal."""
    sys.stdout = sys.stdout or io.TextIOWrapper(io.BytesIO())
    sys.stderr = sys.stderr or io.TextIOWrapper(io.BytesIO())
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _drop_streams() -> None:
    """Python flushes its streams once more at exit; let that go nowhere instead of failing aloud."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            os.dup2(nowhere, stream.fileno())
