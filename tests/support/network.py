"""Fixtures: a guarded way out for which 127.0.0.2 is the public internet and 127.0.0.1 the private network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cutroom.outbound.egress import Egress, EgressPolicy
from cutroom.outbound.http import HttpClient, trust
from tests.support.certificate import PEM
from tests.support.range_server import Site

PUBLIC_HOST = "127.0.0.2"


@pytest.fixture(scope="session")
def egress() -> Iterator[Egress]:
    with Egress(EgressPolicy(allowed_hosts=(PUBLIC_HOST,))) as way_out:
        yield way_out


@pytest.fixture
def client(egress: Egress) -> Iterator[HttpClient]:
    with HttpClient(egress) as http:
        yield http


@pytest.fixture
def site() -> Iterator[Site]:
    with Site(host=PUBLIC_HOST) as public:
        yield public


@pytest.fixture
def secure_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A public site with TLS, whose certificate is trusted."""
    certificate = tmp_path / "certificate.pem"
    certificate.write_text(PEM)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    trust.cache_clear()
    with Site(host=PUBLIC_HOST, certificate=certificate) as public:
        yield public
    trust.cache_clear()


@pytest.fixture
def private() -> Iterator[Site]:
    with Site(host="127.0.0.1") as hidden:
        yield hidden
