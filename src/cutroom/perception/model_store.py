"""The model store: which files of models there are, which of them lie in the store, and whether they are whole.

A folder with one file an entry, and nothing beside. Here nothing is fetched: what was fetched or given is put in by
``model_parcels``, and where from stands in ``models.toml``. A file is hashed when it comes in, and only its size is
looked at when it is used.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from cutroom.kernel.errors import CutroomError, ErrorCode

PULL = "cutroom models pull --embedded"
"""The command that brings what is missing of the embedded set."""
_CATALOGUE = Path(__file__).with_name("models.toml")
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,120}")
_HASH = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Wheel:
    """A parcel on the package index: one file of one version of a package. ``size`` in bytes."""

    package: str
    version: str
    file: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Model:
    """One file. ``size`` in bytes; ``sense`` is the capability it serves; ``gives`` says what it does there.

    It comes from a ``member`` of a ``wheel``, or from a ``url``; where neither is known the operator brings it.
    """

    name: str
    file: str
    sense: str
    gives: str
    licence: str
    origin: str
    size: int
    sha256: str
    embedded: bool = False
    wheel: Wheel | None = None
    member: str | None = None
    url: str | None = None

    @property
    def source(self) -> str:
        """Where it comes from, in words."""
        if self.wheel is not None:
            return f"package {self.wheel.package} {self.wheel.version}"
        return "a link" if self.url else "a file that you give"


class Presence(StrEnum):
    """How a file of the store stands."""

    PRESENT = "present"
    MISSING = "missing"
    DAMAGED = "damaged"
    """It is there, and is not the file of the catalogue."""


Catalogue = Mapping[str, Model]


@functools.cache
def catalogue() -> Catalogue:
    """The catalogue that comes with Cutroom, by name, in its order."""
    return read_catalogue(_CATALOGUE.read_text(encoding="utf-8"))


def read_catalogue(text: str) -> Catalogue:
    """A catalogue from TOML. Raises ``ValueError`` for one that makes no sense, names that are paths among it."""
    import tomllib

    content = tomllib.loads(text)
    wheels = {package: _wheel(package, table) for package, table in content.get("wheel", {}).items()}
    models = {name: _model(name, table, wheels) for name, table in content.get("model", {}).items()}
    if len({model.file.lower() for model in models.values()}) < len(models):
        msg = "two models have the same file"
        raise ValueError(msg)
    return models


def path_of(folder: str | Path, name: str) -> Path | None:
    """The file of a model, or None where it is not there whole (as its size tells). ``KeyError`` for unknown names."""
    model = catalogue()[name]
    return Path(folder, model.file) if is_present(folder, model) else None


def is_present(folder: str | Path, model: Model) -> bool:
    """Whether a file of the right name and size is there. Cheap: nothing is read."""
    path = Path(folder, model.file)
    try:
        # No folder is no store: without one the name would be looked for wherever this process was started.
        return bool(str(folder)) and path.is_file() and path.stat().st_size == model.size
    except OSError:
        return False


def missing(folder: str | Path, models: Iterable[Model]) -> list[Model]:
    """Those that are not there whole."""
    return [model for model in models if not is_present(folder, model)]


def presence(folder: str | Path, model: Model, *, thorough: bool = False) -> Presence:
    """How the file stands. ``thorough`` reads all of it and compares the hash."""
    path = Path(folder, model.file)
    if not path.exists():
        return Presence.MISSING
    whole = is_present(folder, model) and (not thorough or hash_of(path) == model.sha256)
    return Presence.PRESENT if whole else Presence.DAMAGED


def hash_of(path: Path) -> str | None:
    """The SHA-256 of a file in hexadecimal digits; None where it cannot be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return None
    return digest.hexdigest()


def named(names: Iterable[str], *, embedded: bool = False, models: Catalogue | None = None) -> list[Model]:
    """The models of these names, and the embedded set where wanted, in the catalogue's order, each once.

    Raises ``NOT_FOUND`` for a name that is in no catalogue.
    """
    known = catalogue() if models is None else models
    wanted = set(names)
    if unknown := sorted(wanted - known.keys()):
        raise CutroomError(
            ErrorCode.NOT_FOUND,
            f'There is no model "{unknown[0][:60]}".',
            next_step=f"There are {', '.join(known)}.",
        )
    return [model for model in known.values() if model.name in wanted or (embedded and model.embedded)]


def _wheel(package: str, table: Mapping[str, Any]) -> Wheel:
    wheel = Wheel(package=package, **table)
    _check(_PLAIN.fullmatch(package) and _PLAIN.fullmatch(wheel.file) and wheel.file.endswith(".whl"), package)
    _check(wheel.size > 0 and _HASH.fullmatch(wheel.sha256), package)
    return wheel


def _model(name: str, table: Mapping[str, Any], wheels: Mapping[str, Wheel]) -> Model:
    carrier = table.get("wheel")
    _check(carrier is None or carrier in wheels, name)
    model = Model(name=name, **{**table, "wheel": wheels[carrier] if carrier else None})
    _check(_PLAIN.fullmatch(name) and _PLAIN.fullmatch(model.file), name)
    _check(model.size > 0 and _HASH.fullmatch(model.sha256), name)
    _check((model.wheel is None) == (model.member is None) and not (model.wheel and model.url), name)
    return model


def _check(fits: object, entry: str) -> None:
    if not fits:
        msg = f"the catalogue's entry {entry!r} makes no sense"
        raise ValueError(msg)
