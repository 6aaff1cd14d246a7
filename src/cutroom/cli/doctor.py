"""``cutroom doctor``."""

from __future__ import annotations

from cutroom.actions.doctor import Check, Verdict, examine
from cutroom.cli.exit_codes import Exit
from cutroom.cli.options import Guarded, Injected, Json, Verbose
from cutroom.cli.wording import printable


def doctor(*, guarded: Guarded = False, json: Json = False, verbose: Verbose = False, door: Injected) -> int:
    """Check that everything a cut needs is there, and say what an analysis can perceive here.

    Ends with 0 when nothing failed; a warning is not a failure.

    Parameters
    ----------
    guarded
        Check under the rules of the server.
    json
        Print one JSON document on standard output, errors as JSON on standard error.
    verbose
        Say on standard error in detail what happens.
    door
        Handed in by the caller.

    """
    del json, verbose  # known to the door already: they also govern errors of parsing
    checks: list[Check] = []
    with door.open_services(guarded) as services:
        for check in examine(services, door.cancel):
            checks.append(check)
            if not door.as_json:
                door.say(_line(check))
    failed = any(check.verdict is Verdict.FAIL for check in checks)
    if door.as_json:
        content = [
            {
                "name": check.name,
                "verdict": check.verdict.value,
                "message": check.message,
                "next_step": check.next_step,
                "facts": check.facts,
            }
            for check in checks
        ]
        door.document({"ok": not failed, "checks": content})
    return Exit.PROCESSING if failed else Exit.OK


def _line(check: Check) -> str:
    step = f" {check.next_step}" if check.next_step else ""
    return f"{check.verdict.value:<5} {check.name}: {printable(check.message + step, 1000)}"
