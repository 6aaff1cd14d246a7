"""A server's rooms in this process, for actions that are called without a door."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.site import Backstage, Hands, open_backstage


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backstage]:
    with open_backstage(tmp_path_factory.mktemp("actions"), clock=Hands()) as behind:
        yield behind


@pytest.fixture
def behind(stage: Backstage) -> Iterator[Backstage]:
    yield stage
    stage.clock.ahead = 0.0
    stage.sources.reset()
