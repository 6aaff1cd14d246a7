"""What the parser complains about, in our words."""

from __future__ import annotations

from cyclopts import CycloptsError, MissingArgumentError, UnknownCommandError, UnusedCliTokensError

from cutroom.cli.tokens import unshield
from cutroom.kernel.errors import CutroomError, ErrorCode

_PROGRAM = "cutroom"


def usage_error(error: CycloptsError) -> CutroomError:
    """One sentence on what is wrong with the command, and where its options are explained."""
    command = " ".join(("cutroom", *(error.command_chain or ())))
    step = f'See "{command} --help".'
    if isinstance(error, UnknownCommandError) and _typed(error) == _PROGRAM and not error.command_chain:
        # As in "./run cutroom doctor": the launcher says it already.
        return CutroomError(
            ErrorCode.INVALID_REQUEST, f'"{_PROGRAM}" is the program itself, no command: leave it out.', next_step=step
        )
    usage = error.app.usage if error.app is not None else None
    if isinstance(error, MissingArgumentError) and usage:
        # What was typed in its place was taken for something else: a second file, say.
        step = usage.partition("\n")[0]
    return CutroomError(ErrorCode.INVALID_REQUEST, _sentence(error), next_step=step)


def _typed(error: UnknownCommandError) -> str:
    return unshield(error.unused_tokens[0]) if error.unused_tokens else ""


def _sentence(error: CycloptsError) -> str:
    if isinstance(error, MissingArgumentError) and error.argument is not None:
        if error.keyword is not None:
            return f"{error.keyword} needs a value."
        return f"{error.argument.name} is missing."
    if isinstance(error, UnusedCliTokensError) and error.unused_tokens:
        return f'There is no place for "{unshield(error.unused_tokens[0])}".'
    return " ".join(str(error).replace("\0", "").split())
