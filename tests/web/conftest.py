"""The site under test, and somebody who has a key for it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from starlette.testclient import TestClient
from starlette.types import ASGIApp

from cutroom.model.account import Account
from cutroom.web.app import build_app
from tests.support.site import Backstage, Hands, open_backstage

API = "/fastclip/v1"


@dataclass
class Visitor:
    """Calls a surface with a key."""

    client: TestClient
    account: Account
    key: str
    prefix: str = API

    def __call__(self, method: str, path: str, **request: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", **request.pop("headers", {})}
        return self.client.request(method, f"{self.prefix}{path}", headers=headers, **request)


_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backstage, ASGIApp]]:
    """One site for all tests of a process: every test has its own account and its own address."""
    with open_backstage(tmp_path_factory.mktemp("site"), clock=Hands()) as behind:
        yield behind, build_app(behind.services)


@pytest.fixture
def behind(stage: tuple[Backstage, ASGIApp]) -> Iterator[Backstage]:
    behind, _ = stage
    yield behind
    behind.clock.ahead = 0.0
    behind.sources.reset()


@pytest.fixture
def clock(behind: Backstage) -> Hands:
    return behind.clock


@pytest.fixture
def site(stage: tuple[Backstage, ASGIApp], behind: Backstage) -> TestClient:
    number = next(_numbers)
    address = f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"
    return TestClient(stage[1], raise_server_exceptions=False, client=(address, 50000))


@pytest.fixture
def visitor(site: TestClient, behind: Backstage) -> Visitor:
    account, key = behind.account()
    return Visitor(site, account, key)


@pytest.fixture
def session(site: TestClient, behind: Backstage, visitor: Visitor) -> Visitor:
    """The same person, logged in."""
    return Visitor(site, visitor.account, behind.session(visitor.account))
