"""FastClip on a real socket, with somebody behind it who finishes the jobs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from cutroom.model.account import Account
from cutroom.web.app import build_app
from tests.support.site import Backstage, busy_hands, open_backstage, serving


@dataclass
class Wire:
    """A client as strangers write them."""

    behind: Backstage
    origin: str

    @property
    def base(self) -> str:
        return f"{self.origin}/fastclip/v1"

    def account(self, *, reloads: bool = False) -> tuple[Account, str]:
        account, key = self.behind.account()
        if reloads:
            self.behind.allow_reloads(account)
        return account, key

    def call(self, key: str | None, method: str, path: str, **request: Any) -> requests.Response:
        headers = {**({"Authorization": f"Bearer {key}"} if key else {}), **request.pop("headers", {})}
        return requests.request(method, f"{self.base}{path}", headers=headers, timeout=30, **request)


@pytest.fixture(scope="package")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    with (
        open_backstage(tmp_path_factory.mktemp("wire")) as behind,
        serving(build_app(behind.services)) as origin,
        busy_hands(behind),
    ):
        yield Wire(behind, origin)
