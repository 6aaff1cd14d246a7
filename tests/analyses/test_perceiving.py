"""What is perceived once: versions of senses, what they are given, and films in which there is nothing."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from cutroom.analyses.facts import pack_facts, unpack_facts
from cutroom.analyses.ingesting import Given, Ingested, choose_captions
from cutroom.analyses.perceiving import At, Perceiver
from cutroom.analyses.platform import platform_of
from cutroom.analyses.senses import TRANSCRIBE, Film, Said
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.analysis import Preset
from cutroom.model.download import Captions
from cutroom.model.percepts import FileFacts, Missing, SourceFacts

AT = At(CancelToken())


class Dull:
    """Senses to which everything is nothing."""

    def __init__(self, code: ErrorCode = ErrorCode.NO_AUDIO) -> None:
        self.code, self.asked = code, 0

    def version(self, sense: str) -> str:
        return "1"

    def __getattr__(self, name: str) -> Any:
        def refuse(*_args: Any, **_more: Any) -> None:
            self.asked += 1
            raise CutroomError(self.code, "There is nothing.")

        return refuse


def ingested(**changes: Any) -> Ingested:
    known: dict[str, Any] = {"has_picture": True, "has_sound": True}
    return Ingested(SourceFacts(), FileFacts(3.0), **known | changes)


def perceiver(of: Ingested, senses: Any, folder: Path) -> Perceiver:
    return Perceiver(senses, of, folder, lambda _at: Film(folder / "film", folder))


def test_a_sound_track_without_sound_is_none_and_asked_once(tmp_path: Path) -> None:
    senses = Dull()
    of = perceiver(ingested(), senses, tmp_path)
    assert of.hearing(AT) is of.hearing(AT) is None
    assert senses.asked == 1


def test_what_goes_wrong_otherwise_is_told(tmp_path: Path) -> None:
    of = perceiver(ingested(), Dull(ErrorCode.MEDIA_DAMAGED), tmp_path)
    with pytest.raises(CutroomError, match="nothing"):
        of.hearing(AT)


def test_only_for_words_is_anybody_asked_where_the_file_has_neither_sound_nor_pictures(tmp_path: Path) -> None:
    senses = Dull()
    percepts = perceiver(ingested(has_sound=False, has_picture=False), senses, tmp_path).percepts(Preset.FULL, AT)
    assert (percepts.hearing, percepts.seeing, percepts.transcript, senses.asked) == (None, None, None, 1)
    assert [missing.sense for missing in percepts.missing] == ["hearing", "seeing"]


def test_other_captions_make_another_transcript(tmp_path: Path) -> None:
    versions = {
        perceiver(ingested(given=given), Dull(), tmp_path).version(TRANSCRIBE)
        for given in (None, Given("a", "vtt"), Given("b", "vtt"), Given("a", "srt"))
    }
    assert len(versions) == 4
    assert all(len(version) < 80 for version in versions)


class Shelf:
    """Keeps in memory, as ``KeptPercepts`` does in the store."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str, str], Any] = {}

    def find(self, content: str, sense: str, version: str, folder: Path) -> Any | None:
        return self.kept.get((content, sense, version))

    def keep(self, name: tuple[str, str, str], percept: Any, folder: Path, pictures: object = None) -> None:
        self.kept[name] = percept


class Hearsay(Dull):
    """Hears nothing, and transcribes with what a service lacked."""

    def __init__(self, lack: Missing) -> None:
        super().__init__()
        self.lack, self.said = lack, 0

    def transcribe(self, *_args: Any, **_more: Any) -> Said:
        self.said += 1
        return Said(None, (self.lack,))


@pytest.mark.parametrize("passing", [True, False])
def test_what_a_service_did_not_answer_is_asked_again_for_the_next_film(tmp_path: Path, *, passing: bool) -> None:
    senses, shelf = Hearsay(Missing("transcript", "It did not answer.", degraded=True, passing=passing)), Shelf()
    of = ingested(content="ab" * 32)
    for _ in range(2):
        asked = Perceiver(senses, of, tmp_path, lambda _at: Film(tmp_path / "film", tmp_path), shelf)
        assert asked.said(AT).missing == asked.said(AT).missing == (senses.lack,)
    assert senses.said == (2 if passing else 1)


class Both(Dull):
    """Hears nothing until somebody looks."""

    def __init__(self) -> None:
        super().__init__()
        self.looked, self.order = threading.Event(), []  # type: ignore[var-annotated]

    def hear(self, *_args: Any, **_more: Any) -> None:
        assert self.looked.wait(10)
        self.order.append("heard")
        raise CutroomError(ErrorCode.NO_AUDIO, "There is nothing.")

    def see(self, *_args: Any, **_more: Any) -> None:
        self.order.append("looked")
        self.looked.set()
        raise CutroomError(ErrorCode.NO_VIDEO, "There is nothing.")


def test_the_pictures_are_looked_at_beside_the_sound_and_once(tmp_path: Path) -> None:
    senses = Both()
    of = perceiver(ingested(), senses, tmp_path)
    of.look_ahead(lambda: nullcontext(True), AT)
    assert of.hearing(AT) is None
    of.look_ahead(lambda: nullcontext(True), AT)
    assert of.seeing(AT) is None
    of.look_ahead(lambda: nullcontext(True), AT)
    assert of.seeing(AT) is None
    of.close()
    assert senses.order == ["looked", "heard"]


def test_looked_at_ahead_for_nobody_and_then_again(tmp_path: Path) -> None:
    senses = Both()
    of = perceiver(ingested(), senses, tmp_path)
    of.look_ahead(lambda: nullcontext(False), AT)
    assert senses.order == []
    of.look_ahead(lambda: nullcontext(True), AT)
    of.close()
    assert of.seeing(AT) is None
    assert senses.order == ["looked", "looked"]


def test_facts_survive_as_json() -> None:
    of = ingested(given=Given("Hello \ud800 there", "vtt", language="en"), content="ab" * 32, warnings=("One.",))
    back = unpack_facts(pack_facts(of, "1.0"))
    assert back.given is not None
    assert back.given.text == "Hello ? there"
    assert (back.content, back.warnings, back.file, back.source) == (of.content, of.warnings, of.file, of.source)


@pytest.mark.parametrize(
    ("spoken", "chosen"), [("de-AT", "de"), ("en", "en-GB"), (None, "en-GB"), ("ja", "en-GB"), ("FR", "fr")]
)
def test_captions_in_the_language_that_is_spoken(spoken: str | None, chosen: str) -> None:
    found = tuple(Captions(Path("x.vtt"), language) for language in ("fr", "de", "en-GB", None))
    picked = choose_captions(found, spoken)
    assert picked is not None
    assert picked.language == chosen


def test_platforms_by_their_links() -> None:
    links = {
        "https://vm.tiktok.com/x": "tiktok",
        "https://www.instagram.com/reel/x": "instagram",
        "https://youtu.be/x": "youtube",
        "https://m.youtube.com/shorts/x": "youtube",
        "https://nottiktok.com/x": "direct",
        "https://tiktok.com.evil.example/x": "direct",
        "https://[bad": "direct",
    }
    assert {link: platform_of(link) for link in links} == links
