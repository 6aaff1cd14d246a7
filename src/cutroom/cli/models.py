"""``cutroom models``: what the model store has, and fetching what it has not."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from cutroom.cli.exit_codes import Exit
from cutroom.cli.options import Injected, Json
from cutroom.cli.tokens import unshield
from cutroom.cli.wording import printable
from cutroom.kernel.errors import CutroomError, ErrorCode

if TYPE_CHECKING:
    from cutroom.actions.models import Shelved, StoreConfig

DataDir = Annotated[Path | None, Parameter(help="The data folder that the models are in.")]
_MB = 1_000_000


def show(
    *,
    check: Annotated[
        bool, Parameter(negative="", help="Read every file, to be certain that it is the right one.")
    ] = False,
    data_dir: DataDir = None,
    json: Json = False,
    door: Injected,
) -> int:
    """Say of every model whether it is there, what it gives, its licence, its size and where it comes from."""
    del json
    from cutroom.actions.models import list_models

    store = _store(data_dir)
    shelf = list_models(store, thorough=check)
    if door.as_json:
        door.document({"folder": str(store.folder), "models": [_content(one) for one in shelf]})
        return Exit.OK
    for one in shelf:
        door.say(_line(one))
    door.say(f"\nThey are kept in {printable(str(store.folder), 200)}.")
    return Exit.OK


def pull(
    *names: Annotated[str, Parameter(help="Models by name.")],
    embedded: Annotated[bool, Parameter(negative="", help="All that Cutroom uses by itself.")] = False,
    given: Annotated[
        Path | None,
        Parameter(name="--from", help="A file, or a folder of files, to take instead of the network."),
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
    door: Injected,
) -> int:
    """Bring models that are missing. Each is checked by its hash; what is there stays."""
    del json
    from cutroom.actions.models import pull_models
    from cutroom.cli.progress import Display

    if not names and not embedded:
        raise CutroomError(
            ErrorCode.INVALID_REQUEST, "Say which models.", next_step="Name them, or use --embedded for all usual ones."
        )
    store = _store(data_dir)
    with Display(door.err) as display:
        brought = pull_models(
            store,
            [unshield(name) for name in names],
            embedded=embedded,
            given=given,
            on_progress=display.update,
            cancel=door.cancel,
        )
    if door.as_json:
        door.document({"folder": str(store.folder), "brought": [model.name for model in brought]})
        return Exit.OK
    for model in brought:
        door.say(f"{model.name}: {model.gives} ({_size(model.size)}, {model.licence})")
    if not brought:
        door.say("Nothing is missing.")
    return Exit.OK


def _store(data_dir: Path | None) -> StoreConfig:
    from cutroom.cli.house import House

    return House.read(data_dir=data_dir).model_store()


def _content(one: Shelved) -> dict[str, Any]:
    model = one.model
    return {
        "name": model.name,
        "presence": one.presence.value,
        "sense": model.sense,
        "gives": model.gives,
        "licence": model.licence,
        "origin": model.origin,
        "size": model.size,
        "sha256": model.sha256,
        "embedded": model.embedded,
        "source": model.source,
        "file": model.file,
    }


def _line(one: Shelved) -> str:
    model = one.model
    return (
        f"{one.presence.value:<8} {model.name:<17} {_size(model.size):>8}  {model.gives}\n"
        f"{'':<36} {model.origin}; {model.licence}; {model.source}"
    )


def _size(size: int) -> str:
    return f"{size / _MB:.1f} MB"
