"""``cutroom calibrate`` and ``cutroom trends load``."""

from __future__ import annotations

from pathlib import Path

from cutroom.actions.calibrate import calibrate_from, load_trends
from cutroom.cli.exit_codes import Exit
from cutroom.cli.options import Injected, Json, Verbose
from cutroom.cli.tokens import unshield
from cutroom.cli.wording import plural, printable


def calibrate(
    table: str, /, *, data_dir: Path | None = None, json: Json = False, verbose: Verbose = False, door: Injected
) -> int:
    """Fit predictions to your own past posts.

    Parameters
    ----------
    table
        CSV with a header and at least 30 rows: views, and score or file (a report of cutroom analyze -o); retention
        (mean share watched, 0 to 1) and shares where they are known.
    data_dir
        The server's folder, where the result is kept.
    json
        Print one JSON document on standard output, errors as JSON on standard error.
    verbose
        Say on standard error in detail what happens.
    door
        Handed in by the caller.

    """
    del json, verbose  # known to the door already: they also govern errors of parsing
    made = calibrate_from(Path(unshield(table)), _folder(data_dir))
    if door.as_json:
        door.document(
            {
                "posts": made.posts,
                "interval": 0.8,
                "interval_coverage": made.coverage,
                "retention": made.retention,
                "shares": made.shares,
            }
        )
        return Exit.OK
    fitted = ["views", *(["the retention curve"] if made.retention else []), *(["shares"] if made.shares else [])]
    door.say(
        f"Fitted to {made.posts} posts: {', '.join(fitted)}. The 80 % range of views held {100 * made.coverage:.0f} % "
        "of the posts that were left out of the fit."
    )
    return Exit.OK


def trends_load(
    file: str, /, *, data_dir: Path | None = None, json: Json = False, verbose: Verbose = False, door: Injected
) -> int:
    """Load a list of trends, instead of the one before.

    Parameters
    ----------
    file
        CSV with a header or JSON: kind (term or audio), name, artist, category, stage (emerging, growth, peak,
        decline), from, until.
    data_dir
        The server's folder, where the list is kept.
    json
        Print one JSON document on standard output, errors as JSON on standard error.
    verbose
        Say on standard error in detail what happens.
    door
        Handed in by the caller.

    """
    del json, verbose  # known to the door already: they also govern errors of parsing
    loaded = load_trends(Path(unshield(file)), _folder(data_dir))
    if door.as_json:
        door.document({"terms": loaded.terms, "sounds": loaded.sounds, "as_of": loaded.day or None})
    else:
        day = f" as of {printable(loaded.day, 20)}" if loaded.day else ""
        door.say(f"Loaded {plural(loaded.terms, 'term')} and {plural(loaded.sounds, 'sound')}{day}.")
    return Exit.OK


def _folder(data_dir: Path | None) -> Path:
    from cutroom.cli.house import House

    return House.read(data_dir=data_dir).data_folder
