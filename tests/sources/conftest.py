"""The network of these tests, and sources that use it."""

from __future__ import annotations

import pytest

from cutroom.outbound.egress import Egress
from cutroom.outbound.http import HttpClient
from cutroom.sources.ports import Network
from cutroom.sources.resolve import Sources
from tests.support.network import client, egress, private, secure_site, site

__all__ = ["client", "egress", "private", "secure_site", "site"]


@pytest.fixture
def sources(egress: Egress) -> Sources:
    return Sources(Network(connect=lambda: HttpClient(egress), proxy_url=lambda: egress.proxy_url))
