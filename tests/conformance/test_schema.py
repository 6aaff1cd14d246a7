"""The schemas are what the surfaces really do: requests made from them find no answer that they do not describe."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cutroom.actions.service import Limits
from cutroom.web.app import build_app
from tests.support.site import Backstage, open_backstage, serving

pytestmark = [pytest.mark.slow, pytest.mark.enable_socket, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def unbounded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backstage, str]]:
    """A site that counts nobody's requests."""
    with (
        open_backstage(tmp_path_factory.mktemp("schema"), limits=Limits(anonymous=False)) as behind,
        serving(build_app(behind.services)) as origin,
    ):
        yield behind, origin


# Of Clipi: fifteen calls of one kind, of which two show what there is to see; and streams of jobs that nobody works
# on, which last, as clipapi's do, and its demo.
LEFT_OUT = {"/clipi/api": "/tools/(?!gif|image-converter|download)|^/jobs/", "/clipapi/v1": "/stream$|^/demo/"}


@pytest.mark.parametrize("prefix", ["/fastclip/v1", "/clipapi/v1", "/clipi/api", "/cutroom/v1"])
def test_made_up_requests_get_described_answers(unbounded: tuple[Backstage, str], tmp_path: Path, prefix: str) -> None:
    behind, origin = unbounded
    account, _ = behind.account()
    program = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
    assert program
    command = [
        program, "run", f"{origin}{prefix}/openapi.json",
        "--header", f"Authorization: Bearer {behind.session(account)}",
        "--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
        "--seed", "7", "--max-examples", "1", "--no-color", "--exclude-path-regex", LEFT_OUT.get(prefix, "^$"),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    generated = re.search(r"(\d+) generated", done.stdout)
    assert generated, done.stdout[-2000:]
    assert int(generated[1]) > 25


def test_the_schema_is_no_bigger_than_it_must_be(unbounded: tuple[Backstage, str]) -> None:
    import requests

    schema = requests.get(f"{unbounded[1]}/fastclip/v1/openapi.json", timeout=10).json()
    assert schema["openapi"].startswith("3.1")
    assert "HTTPValidationError" not in json.dumps(schema)
