"""``cutroom analyze``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from cutroom.actions.analyze_local import AnalyzeOrder
from cutroom.actions.analyze_local import analyze as run
from cutroom.cli.analysis_content import summary_lines
from cutroom.cli.exit_codes import Exit
from cutroom.cli.options import Guarded, Injected, Json, Verbose
from cutroom.cli.progress import Display
from cutroom.cli.tokens import STDOUT, unshield
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.analysis import Preset


def analyze(  # noqa: PLR0913 - one parameter an option
    source: str,
    /,
    *,
    preset: Literal["full", "audio_only", "meta_only"] = "full",
    output: Annotated[str | None, Parameter(name=["--output", "-o"], metavar="FILE")] = None,
    keyframes: Annotated[str | None, Parameter(metavar="FOLDER")] = None,
    force: Annotated[bool, Parameter(name="--force", negative="", show_default=False)] = False,
    guarded: Guarded = False,
    json: Json = False,
    verbose: Verbose = False,
    door: Injected,
) -> int:
    """Say what is in a video, how it is made, how it may fare.

    Everything is done on this machine, with the models that are on it; `cutroom doctor` says which.

    Parameters
    ----------
    source
        A file, a link to a file, or the page of a video.
    preset
        How much is looked at: sound and pictures, the sound alone, or what page and file say.
    output
        Write the whole report there, as JSON; - is standard output.
    keyframes
        Put the key frames into this folder.
    force
        Replace a report that exists.
    guarded
        Refuse loopback, private and link-local addresses, as the server does.
    json
        Print the whole report on standard output as JSON, errors as JSON on standard error.
    verbose
        Say on standard error in detail what happens.
    door
        Handed in by the caller.

    """
    del json, verbose  # known to the door already: they also govern errors of parsing
    named = None if output is None else unshield(output)
    if "" in {named, keyframes}:
        raise CutroomError(ErrorCode.INVALID_REQUEST, "The target is empty.")
    order = AnalyzeOrder(
        source=unshield(source),
        preset=Preset(preset),
        report=None if named is None or named == STDOUT else Path(named).expanduser(),
        keyframes=Path(unshield(keyframes)).expanduser() if keyframes else None,
        overwrite=force,
    )
    with door.open_services(guarded) as services, Display(door.err) as display:

        def told(step: str, milliseconds: int) -> None:
            display.pause()
            if not door.as_json:
                door.say(f"{step:<22} {milliseconds / 1000:8.2f} s", aside=True)
            display.resume()

        answer = run(services, order, on_step=told, on_progress=display.update, cancel=door.cancel)
    if door.as_json or named == STDOUT:
        door.document(answer)
    else:
        door.say("\n".join(summary_lines(answer)))
    return Exit.OK
