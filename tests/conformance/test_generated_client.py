"""A client that is generated from the schema works: made without a warning, and its typed calls do what they say."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conformance.conftest import Wire
from tests.support.site import FILM

pytestmark = [pytest.mark.journeys, pytest.mark.enable_socket]


@dataclass
class Package:
    """A generated client."""

    name: str
    base: str

    @property
    def models(self) -> Any:
        return importlib.import_module(f"{self.name}.models")

    def call(self, key: str, name: str, *arguments: Any, **named: Any) -> Any:
        """A call as the generated package offers it; an answer that the schema does not describe raises."""
        whole = importlib.import_module(self.name)
        function = importlib.import_module(f"{self.name}.api.default.{name}").sync
        with whole.AuthenticatedClient(base_url=self.base, token=key, raise_on_unexpected_status=True) as client:
            return function(*arguments, client=client, **named)


def generate(schema_url: str, target: Path) -> str:
    """What the generator says; it fails on its own warnings. It looks for its formatter on the PATH."""
    programs, schema = Path(sys.executable).parent, target.with_suffix(".json")
    schema.write_bytes(requests.get(schema_url, timeout=60).content)
    done = subprocess.run(
        [
            programs / "openapi-python-client", "generate", "--path", schema, "--output-path", target,
            "--meta", "none", "--fail-on-warning",
        ],
        cwd=target.parent, env={"PATH": str(programs), "NO_COLOR": "1"},
        capture_output=True, text=True, check=False, timeout=100,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def package(wire: Wire, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Package]:
    folder = tmp_path_factory.mktemp("generated")
    generate(f"{wire.base}/openapi.json", folder / "generated_fastclip")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(folder))
        yield Package("generated_fastclip", wire.base)


@pytest.mark.parametrize("prefix", ["/fastclip/v1", "/clipapi/v1", "/cutroom/v1"])
def test_the_generator_has_nothing_to_complain_of(wire: Wire, tmp_path: Path, prefix: str) -> None:
    said = generate(f"{wire.origin}{prefix}/openapi.json", tmp_path / "made")
    assert "warning" not in said.lower()
    assert len(list((tmp_path / "made" / "api").rglob("*.py"))) > 5


def test_a_clip_by_the_generated_client(wire: Wire, package: Package) -> None:
    _, key = wire.account()
    models = package.models
    found = package.call(key, "info", body=models.SourceBody(url=FILM))
    assert (found.title, found.duration) == ("A <Film> & more", 3600)
    order = models.CutBody(url=FILM, start=30, end=90.5, quality=models.CutBodyQualityType0.VALUE_0)
    job_id = package.call(key, "cut", body=order).job_id
    end = time.monotonic() + 30
    while (job := package.call(key, "status", job_id)).status != "complete":
        assert time.monotonic() < end, job
        time.sleep(0.2)
    assert isinstance(job, models.JobReply)
    assert (job.progress, job.cost) == (100, 0.1)
    assert job.download_url.startswith(f"{wire.origin}/files/")
    [clip] = package.call(key, "clips").clips
    assert (clip.id, clip.pinned) == (job_id, False)
    assert package.call(key, "rename", job_id, body=models.RenameBody(name="The best part")).name
    assert package.call(key, "pin", job_id).id == job_id
    assert package.call(key, "clip", job_id).expires_at is None
    assert package.call(key, "unpin", job_id).expires_at
    assert package.call(key, "share", job_id).name == "The best part"
    assert package.call(key, "delete", job_id).storage_freed == clip.file_size
    assert package.call(key, "clips").total_items == 0


def test_money_and_errors_by_the_generated_client(wire: Wire, package: Package) -> None:
    account, key = wire.account()
    session, models = wire.behind.session(account), package.models
    assert package.call(key, "balance").balance == 5.0
    assert package.call(key, "storage").price_per_gb == 1.0
    assert package.call(session, "settings").api_reload_enabled is False
    assert package.call(session, "cards").cards == []
    unknown = package.call(key, "status", "unknown0")
    assert isinstance(unknown, models.ErrorReply)
    refused = package.call("ve_live_unknown", "balance")
    assert isinstance(refused, models.ErrorReply)
    wrong = package.call(key, "cut", body=models.CutBody(url=FILM, start=9, end=3))
    assert isinstance(wrong, models.ErrorReply)
    assert wrong.detail
