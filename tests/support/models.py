"""The real models, for tests that need one, and a small catalogue whose files are made up."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from cutroom.container.perception import models_folder
from cutroom.perception.model_store import Catalogue, catalogue, missing, read_catalogue
from cutroom.settings import load_settings

MODELS = models_folder(load_settings())
"""Where `./run test` has put them; read before the tests take the settings of the shell away."""
needs_models = pytest.mark.skipif(
    bool(missing(MODELS, [one for one in catalogue().values() if one.embedded])),
    reason="models are missing: ./run models pull --embedded",
)

EYES, EARS, NOSE = b"eyes" * 5000, b"ears" * 3, b"nose"
WHEEL = "senses-1.0-py3-none-any.whl"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def wheel_of(members: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


GOOD = wheel_of({"senses/eyes.bin": EYES, "senses/ears.bin": EARS, "../outside": b"out", "senses/__init__.py": b"1/0"})


def catalogue_of(wheel: bytes = GOOD, *, eyes: bytes = EYES, url: str = "https://hub.test/nose.bin") -> Catalogue:
    """Eyes and ears in a wheel, a nose at a link, a tongue that the operator brings."""

    def entry(name: str, content: bytes, rest: str) -> str:
        return (
            f'[model.{name}]\nfile = "{name}.bin"\nsense = "{name}"\ngives = "{name}"\nlicence = "MIT"\n'
            f'origin = "made up"\nsize = {len(content)}\nsha256 = "{sha(content)}"\n{rest}\n'
        )

    return read_catalogue(
        f'[wheel.senses]\nversion = "1.0"\nfile = "{WHEEL}"\nsize = {len(wheel)}\nsha256 = "{sha(wheel)}"\n'
        + entry("eyes", eyes, 'embedded = true\nwheel = "senses"\nmember = "senses/eyes.bin"')
        + entry("ears", EARS, 'embedded = true\nwheel = "senses"\nmember = "senses/ears.bin"')
        + entry("nose", NOSE, f'url = "{url}"')
        + entry("tongue", b"tongue", "")
    )


def files_in(folder: Path) -> set[str]:
    """What there is, but for the lock."""
    return {path.name for path in folder.rglob("*")} - {".lock"} if folder.exists() else set()
