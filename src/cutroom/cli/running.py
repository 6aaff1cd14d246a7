"""Opening a server: everything that has to be so before the first request, then answering until told to stop."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from cutroom.cli.door import Door
from cutroom.cli.house import House
from cutroom.cli.listening import answer, listen
from cutroom.cli.supervise import Supervisor, run_to_the_end, worker_command


@dataclass(frozen=True, slots=True)
class Welcome:
    """What is said when the server is open. Key and link only where nobody else can reach it."""

    url: str
    key: str | None = None
    link: str | None = None
    key_file: str | None = None

    def content(self) -> dict[str, str | None]:
        """As JSON."""
        return {"url": self.url, "key": self.key, "login_url": self.link}

    def lines(self) -> str:
        """For a person."""
        said = [f"Cutroom is open at {self.url}"]
        if self.key is not None:
            said.append(f"  your API key:     {self.key}")
        elif self.link is not None:
            said.append("  your API key:     is known elsewhere; `cutroom admin key owner@localhost` makes another")
        if self.key_file is not None:
            said.append(f"  the owner's key is in {self.key_file}")
        if self.link is not None:
            said.append(f"  log in once with: {self.link}")
        said.append(f"  FastClip:         {self.url}/fastclip/v1   (reference: {self.url}/llm)")
        said.append(f"  Clipi:            {self.url}/clipi/api")
        said.append(f"  clipapi:          {self.url}/clipapi/v1")
        return "\n".join([*said, "Ctrl-C stops it."])


def run_doors(house: House, door: Door, *, verbose: bool, with_worker: bool) -> None:
    """Answer requests until a stop signal. With a worker it is started, watched over and stopped along."""
    house.need_an_owner()
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(listen(house.host, house.port))
        house = house.at(listener.getsockname()[1])
        house.start_log(verbose=verbose)
        welcome = _prepare(house, migrate=with_worker)
        door.cancel.check()
        if with_worker:
            house.tell_missing_models()
            supervisor = stack.enter_context(Supervisor(worker_command(), house.environment()))
            stack.enter_context(door.cancel.calling(supervisor.ask_to_stop))
        service = stack.enter_context(house.service())
        from cutroom.web.app import build_app

        answer(
            build_app(service),
            listener,
            cancel=door.cancel,
            trusted_proxies=house.trusted_proxies,
            on_ready=lambda: _open(house, welcome, door),
        )


def _prepare(house: House, *, migrate: bool) -> Welcome:
    """Tables and owner."""
    with house.office() as office:
        if migrate and not office.is_current():
            # Elsewhere: what it takes is needed once, and would stay in this process's memory for ever.
            run_to_the_end(["migrate"], house.environment())
        office.need_tables()
        office.set_owner_password()
        if not house.is_private:
            return Welcome(house.url, key_file=office.keep_owner_key())
        return Welcome(house.url, office.owner_key(), f"{house.url}/login/link?token={office.login_token()}")


def _open(house: House, welcome: Welcome, door: Door) -> None:
    house.note_address()
    if door.as_json:
        door.document(welcome.content())
    else:
        door.say(welcome.lines())
