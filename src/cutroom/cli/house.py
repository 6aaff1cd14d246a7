"""The second composition point of the command line: a server's settings and processes, for the commands that run one.

Nothing is read or opened before it is asked for.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shlex
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cutroom.container.address import note_address, noted_address
from cutroom.container.config import is_loopback, own_url
from cutroom.container.logs import set_up_server_log
from cutroom.container.places import data_folder, holds_a_server
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.job import Queue
from cutroom.perception.model_store import PULL
from cutroom.settings import Settings, load_settings, variable

if TYPE_CHECKING:
    from cutroom.actions.models import StoreConfig
    from cutroom.actions.service import Service
    from cutroom.container.office import Office
    from cutroom.workflows import Workbench

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class House:
    """A server as its settings describe it."""

    settings: Settings

    @classmethod
    def read(cls, *, host: str | None = None, port: int | None = None, data_dir: Path | None = None) -> House:
        """The settings of the environment, with what was given on the command line instead of theirs.

        From now on all that this process makes is for its user alone, even in a folder that others can look into.
        """
        os.umask(0o077)
        given = {"host": host, "port": port, "data_dir": data_dir}
        return _changed(load_settings(), {name: value for name, value in given.items() if value is not None})

    @property
    def host(self) -> str:
        return self.settings.server.host

    @property
    def port(self) -> int:
        return self.settings.server.port

    @property
    def url(self) -> str:
        """How people reach it, as far as it knows."""
        return self.settings.server.public_url or own_url(self.host, self.port)

    @property
    def usual_url(self) -> str:
        """The same for a command beside the server: where that listens, or listened last, as it has noted."""
        return self.settings.server.public_url or noted_address(self.settings) or self.url

    @property
    def is_private(self) -> bool:
        """Whether only this machine can reach it: then its owner needs no password."""
        return is_loopback(self.host)

    @property
    def trusted_proxies(self) -> tuple[str, ...]:
        return self.settings.server.trusted_proxies

    @property
    def data_folder(self) -> Path:
        """Where its data is, or would be."""
        return data_folder(self.settings)

    @property
    def queues(self) -> tuple[str, ...]:
        return self.settings.worker.queues

    def at(self, port: int) -> House:
        """The same, listening at the port that was found."""
        return _changed(self.settings, {"port": port})

    def environment(self) -> dict[str, str]:
        """What a child process needs beside our own environment to be of the same house."""
        server = self.settings.server
        told = {"HOST": server.host, "PORT": str(server.port), "DATA_DIR": server.data_dir}
        return {variable("server", name): str(value) for name, value in told.items() if value is not None}

    def start_log(self, *, verbose: bool) -> None:
        """From now on this process logs as servers do."""
        set_up_server_log("debug" if verbose else self.settings.log)

    def note_address(self) -> None:
        """Let ``usual_url`` know, now that the server answers."""
        try:
            note_address(self.settings, self.url)
        except OSError:
            _log.warning("the server's address could not be noted in the data folder", exc_info=True)

    def need_a_server(self) -> None:
        """``INVALID_REQUEST`` where no server has its data: a mistyped folder must not become a new one."""
        if not holds_a_server(self.settings):
            raise CutroomError(
                ErrorCode.INVALID_REQUEST,
                f"There is no server's data in {data_folder(self.settings)}.",
                next_step="Give the right folder with --data-dir, or begin there with `cutroom serve` or "
                "`cutroom migrate`.",
            )

    def need_an_owner(self) -> None:
        """``INVALID_REQUEST`` when others could reach a server whose owner has no password."""
        if not self.is_private and self.settings.accounts.owner_password is None:
            raise CutroomError(
                ErrorCode.INVALID_REQUEST,
                f"A server that others can reach (on {self.host}) needs a password for its owner.",
                next_step="Set CUTROOM_ACCOUNTS__OWNER_PASSWORD, or listen on 127.0.0.1.",
            )

    def model_store(self) -> StoreConfig:
        """Where models lie and come from."""
        from cutroom.container.perception import store_config

        return store_config(self.settings)

    def tell_missing_models(self) -> None:
        """One line in the log where models of the embedded set are missing: analyses go on and know less."""
        from cutroom.actions.models import lacking_models
        from cutroom.container.perception import models_folder

        store, folder = self.model_store(), models_folder(self.settings)
        lacking = [model.name for model in lacking_models(replace(store, folder=folder))]
        if not lacking:
            return
        # What is pulled without a word goes to where the settings say, or to the usual folder, which is read too.
        elsewhere = folder == store.folder and folder != House(load_settings()).model_store().folder
        pull = PULL + (f" --data-dir {shlex.quote(str(self.data_folder))}" if elsewhere else "")
        _log.warning("analyses know less without these models: %s; `%s` brings them", ", ".join(lacking), pull)

    @contextlib.contextmanager
    def office(self) -> Iterator[Office]:
        """For what is done by hand, and before a server opens."""
        from cutroom.container.office import open_office

        with open_office(self.settings) as office:
            yield office

    @contextlib.contextmanager
    def service(self) -> Iterator[Service]:
        """For a process that answers requests."""
        from cutroom.container.service import open_service

        with open_service(self.settings) as service:
            yield service

    @contextlib.contextmanager
    def workbench(self) -> Iterator[Workbench]:
        """For a process that works."""
        from cutroom.container.bench import open_workbench

        with open_workbench(self.settings) as bench:
            yield bench

    def work(
        self, bench: Workbench, queues: tuple[Queue, ...], stop: threading.Event, on_ready: Callable[[], None]
    ) -> None:
        """Work until told to stop, by a signal or by ``stop``; ``on_ready`` when it can begin. Main thread only."""
        from cutroom.workflows import run_worker

        run_worker(bench, queues=queues, stop=stop, on_ready=lambda _name: on_ready())


def _changed(settings: Settings, changes: dict[str, object]) -> House:
    server = settings.server.model_validate(settings.server.model_dump() | changes)
    return House(settings.model_copy(update={"server": server}))


def read_queues(names: tuple[str, ...]) -> tuple[Queue, ...]:
    """The queues of these names; ``flow`` always, as what it holds takes no room. ``INVALID_REQUEST``."""
    known = {queue.value: queue for queue in Queue}
    if unknown := [name for name in names if name not in known]:
        raise CutroomError(ErrorCode.INVALID_REQUEST, f'"{unknown[0][:40]}" is no queue; there are {", ".join(known)}.')
    return tuple(queue for queue in Queue if queue is Queue.FLOW or queue.value in names)
