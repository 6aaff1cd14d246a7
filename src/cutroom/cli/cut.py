"""``cutroom cut``."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import Annotated, Literal

from cyclopts import Parameter

from cutroom.actions.cut import CutOrder, Failed, Outcome, cut_pieces
from cutroom.actions.services import Services
from cutroom.actions.targets import format_of
from cutroom.cli.content import clip_lines, outcome_content
from cutroom.cli.door import Door
from cutroom.cli.exit_codes import Exit
from cutroom.cli.options import Guarded, Injected, Json, Verbose
from cutroom.cli.progress import Display
from cutroom.cli.standard_output import check_standard_output, pour
from cutroom.cli.tokens import STDOUT, read_times, unshield
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.timespan import format_time
from cutroom.model.clip import Format, Mode, Quality


def cut(  # noqa: PLR0913 - one parameter an option
    source: str,
    /,
    *times: str,
    output: Annotated[str | None, Parameter(name=["--output", "-o"], metavar="FILE")] = None,
    format: Annotated[Literal["mp4", "mp3", "gif"] | None, Parameter(name=["--format", "-f"])] = None,  # noqa: A002
    quality: Literal["1080p", "720p"] | None = None,
    mode: Literal["exact", "instant", "reencode"] | None = None,
    force: Annotated[bool, Parameter(name="--force", negative="", show_default=False)] = False,
    guarded: Guarded = False,
    json: Json = False,
    verbose: Verbose = False,
    door: Injected,
) -> int:
    """Cut clips out of a file, a link or a page.

    Times count from the first picture. Write 90.5, 1:30, 0:01:30.5, or with a frame number 00:01:30:12@25.

    Parameters
    ----------
    source
        A file, a link to a file, or the page of a video.
    times
        START END, or one or more ranges such as 0:10-0:25. A dash after them writes to standard output.
    output
        The file to write; for several ranges a folder or a name with {n} in it; - for standard output.
        Without it the clip is named after the source and its times, in the current folder.
    format
        What to deliver; by default as the name of the output says, else mp4.
    quality
        The most lines a clip may have. Pictures are never scaled up.
    mode
        exact: copy all but the seams; instant: copy everything, hide what is too much; reencode: make it anew.
        By default exact where the source allows it.
    force
        Replace a file that exists.
    guarded
        Refuse loopback, private and link-local addresses, as the server does.
    json
        Print one JSON document on standard output, errors as JSON on standard error.
    verbose
        Say on standard error in detail what happens.
    door
        Handed in by the caller.

    """
    del json, verbose  # known to the door already: they also govern errors of parsing
    pieces, dash = read_times(times)
    named = None if output is None else unshield(output)
    if named is not None and named != STDOUT and (dash or not named):
        raise CutroomError(ErrorCode.INVALID_REQUEST, "The target is named twice." if dash else "The target is empty.")
    to_stdout = dash or named == STDOUT
    order = CutOrder(
        source=unshield(source),
        pieces=tuple(pieces),
        output=None if to_stdout else named,
        format=format_of(None if to_stdout else named, Format(format) if format else None),
        quality=Quality(quality) if quality else None,
        mode=Mode(mode) if mode else None,
        overwrite=force,
    )
    with door.open_services(guarded) as services:
        return _to_stdout(services, order, door) if to_stdout else _to_files(services, order, door)


def _to_files(services: Services, order: CutOrder, door: Door) -> int:
    outcomes: list[Outcome] = []
    try:
        with Display(door.err) as display:
            code = _each(services, order, door, display, outcomes)
    finally:
        # Also when stopped half-way: the clips that are there are told.
        if door.as_json and outcomes:
            door.document({"clips": [outcome_content(outcome, file=str(outcome.target)) for outcome in outcomes]})
    return code


def _each(services: Services, order: CutOrder, door: Door, display: Display, outcomes: list[Outcome]) -> int:
    """Cut piece after piece, telling and collecting what became of each; the exit code of the first failure."""
    code, count = Exit.OK, len(order.pieces)
    display.part(1, count)
    with contextlib.closing(cut_pieces(services, order, on_progress=display.update, cancel=door.cancel)) as found:
        for outcome in found:
            if isinstance(outcome, Failed) and count == 1:
                raise outcome.error
            display.pause()
            outcomes.append(outcome)
            if isinstance(outcome, Failed):
                failed = _tell_failure(outcome, door)
                code = code or failed
            elif not door.as_json:
                door.say("\n".join(clip_lines(outcome, str(outcome.target))))
            display.part(outcome.number + 1, count)
            display.resume()
    return code


def _tell_failure(outcome: Failed, door: Door) -> Exit:
    about = f"{format_time(outcome.piece.start)}-{format_time(outcome.piece.end)}: "
    return door.fail(outcome.error, about)


def _to_stdout(services: Services, order: CutOrder, door: Door) -> int:
    if len(order.pieces) > 1:
        raise CutroomError(ErrorCode.INVALID_REQUEST, "Only one range can be written to standard output.")
    check_standard_output(door, "A clip")
    with services.workdir() as workdir, Display(door.err) as display:
        order = replace(order, output=str(workdir.path / f"clip.{order.format}"))
        [outcome] = cut_pieces(services, order, on_progress=display.update, cancel=door.cancel)
        if isinstance(outcome, Failed):
            raise outcome.error
        display.pause()
        pour(outcome.target, door)
    if door.as_json:
        door.document({"clips": [outcome_content(outcome, file=None)]}, aside=True)
    else:
        door.say("\n".join(clip_lines(outcome, "standard output")), aside=True)
    return Exit.OK
