"""``cutroom info``."""

from __future__ import annotations

from cutroom.actions.info import describe
from cutroom.cli.exit_codes import Exit
from cutroom.cli.facts import description_content, description_lines
from cutroom.cli.options import Guarded, Injected, Json, Verbose
from cutroom.cli.progress import Display
from cutroom.cli.tokens import unshield


def info(
    source: str,
    /,
    *,
    guarded: Guarded = False,
    json: Json = False,
    verbose: Verbose = False,
    door: Injected,
) -> int:
    """Say what a file, a link or a page holds.

    Parameters
    ----------
    source
        A file, a link to a file, or the page of a video.
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
    with door.open_services(guarded) as services, Display(door.err) as display:
        description = describe(services, unshield(source), on_progress=display.update, cancel=door.cancel)
    if door.as_json:
        door.document(description_content(description))
    else:
        door.say("\n".join(description_lines(description)))
    return Exit.OK
