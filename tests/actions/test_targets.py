"""Names of clips, and targets that are refused before any work is done."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutroom.actions.targets import check_targets, default_name, format_of, name_targets
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.timespan import Timespan
from cutroom.model.clip import Format


def span(start: str, end: str) -> Timespan:
    return Timespan(Fraction(start), Fraction(end))


TWO = [span("10", "25"), span("62", "90")]


@pytest.mark.parametrize(
    ("piece", "name"),
    [
        (span("0", "10"), "film_0-00-0-10.mp4"),
        (span("120", "180"), "film_2-00-3-00.mp4"),
        (span("3600", "3725"), "film_1-00-00-1-02-05.mp4"),
        (span("90", "105.5"), "film_1-30-1-45.5.mp4"),
        (span("1001/30000", "2"), "film_0-00.033366667-0-02.mp4"),
    ],
)
def test_default_names(piece: Timespan, name: str) -> None:
    assert default_name("film", piece, Format.MP4) == name


@given(st.text(), st.integers(0, 10**6), st.integers(1, 10**6))
@pytest.mark.slow
def test_a_default_name_is_one_harmless_file_name(title: str, start_ms: int, length_ms: int) -> None:
    name = default_name(title, Timespan(Fraction(start_ms, 1000), Fraction(start_ms + length_ms, 1000)), Format.GIF)
    assert Path(name).name == name
    assert not name.startswith((".", "-"))
    assert len(name.encode()) <= 255


@given(st.lists(st.tuples(st.integers(0, 200_000), st.integers(1, 200_000)), unique=True, min_size=1, max_size=8))
def test_different_ranges_get_different_names(ranges: list[tuple[int, int]]) -> None:
    # a grid of 1001/30000 s: frames at 29.97 a second, whose times have endless decimals
    pieces = [Timespan(Fraction(1001 * a, 30000), Fraction(1001 * (a + n), 30000)) for a, n in ranges]
    assert len(set(name_targets(None, "film", pieces, Format.MP4))) == len(pieces)


def test_one_named_target() -> None:
    assert name_targets("out.mp4", "film", TWO[:1], Format.MP4) == [Path("out.mp4")]


def test_a_folder_gets_default_names(tmp_path: Path) -> None:
    expected = [tmp_path / "film_0-10-0-25.mp4", tmp_path / "film_1-02-1-30.mp4"]
    assert name_targets(str(tmp_path), "film", TWO, Format.MP4) == expected
    assert name_targets(f"{tmp_path}/", "film", TWO, Format.MP4) == expected


def test_a_pattern_is_numbered_from_one() -> None:
    assert name_targets("d/c{n}.gif", "film", TWO, Format.GIF) == [Path("d/c1.gif"), Path("d/c2.gif")]


def test_several_ranges_need_several_targets() -> None:
    with pytest.raises(CutroomError, match="several targets") as caught:
        name_targets("out.mp4", "film", TWO, Format.MP4)
    assert caught.value.code is ErrorCode.INVALID_REQUEST


def test_the_same_range_twice_is_refused() -> None:
    with pytest.raises(CutroomError, match="the same") as caught:
        name_targets(None, "film", [TWO[0], TWO[0]], Format.MP4)
    assert caught.value.code is ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize(
    ("output", "asked", "form"),
    [
        (None, None, Format.MP4),
        (None, Format.GIF, Format.GIF),
        ("a.gif", None, Format.GIF),
        ("a.MP3", None, Format.MP3),
        ("a.mp3", Format.MP3, Format.MP3),
        ("noending", None, Format.MP4),
        ("noending", Format.MP3, Format.MP3),
        ("a.part", Format.MP4, Format.MP4),
        ("folder.avi/", None, Format.MP4),
    ],
)
def test_the_format_follows_the_name_unless_asked_for(output: str | None, asked: Format | None, form: Format) -> None:
    assert format_of(output, asked) is form


@pytest.mark.parametrize(
    ("output", "asked", "words"),
    [("a.mp4", Format.GIF, "ends in .mp4"), ("a.avi", None, '"avi" is not a format .* mp4, mp3, gif')],
)
def test_contradictions_and_unknown_endings_are_refused(output: str, asked: Format | None, words: str) -> None:
    with pytest.raises(CutroomError, match=words) as caught:
        format_of(output, asked)
    assert caught.value.code is ErrorCode.INVALID_REQUEST


class TestCheck:
    """Each refusal, and what is allowed."""

    def refusal(self, target: Path, *, overwrite: bool = False, source: Path | None = None) -> ErrorCode:
        with pytest.raises(CutroomError) as caught:
            check_targets([target], overwrite=overwrite, source=source)
        return caught.value.code

    def test_a_new_file_in_a_folder_is_fine(self, tmp_path: Path) -> None:
        check_targets([tmp_path / "a.mp4", tmp_path / "b.mp4"], overwrite=False, source=tmp_path / "film.mp4")

    def test_an_existing_file(self, tmp_path: Path) -> None:
        target = tmp_path / "a.mp4"
        target.touch()
        assert self.refusal(target) is ErrorCode.TARGET_EXISTS
        check_targets([target], overwrite=True, source=None)

    def test_a_missing_folder(self, tmp_path: Path) -> None:
        assert self.refusal(tmp_path / "no" / "a.mp4") is ErrorCode.TARGET_NOT_WRITABLE

    def test_a_path_below_a_file(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        assert self.refusal(tmp_path / "file" / "a.mp4", overwrite=True) is ErrorCode.TARGET_NOT_WRITABLE

    def test_a_folder_as_target(self, tmp_path: Path) -> None:
        (tmp_path / "a.mp4").mkdir()
        assert self.refusal(tmp_path / "a.mp4", overwrite=True) is ErrorCode.TARGET_NOT_WRITABLE

    def test_a_pipe_is_not_replaced(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "a.mp4")
        assert self.refusal(tmp_path / "a.mp4", overwrite=True) is ErrorCode.TARGET_NOT_WRITABLE

    def test_the_null_device_is_not_replaced(self) -> None:
        assert self.refusal(Path(os.devnull), overwrite=True) is ErrorCode.TARGET_NOT_WRITABLE

    def test_the_source_is_never_the_target(self, tmp_path: Path) -> None:
        source = tmp_path / "film.mp4"
        source.write_bytes(b"film")
        (tmp_path / "soft.mp4").symlink_to(source)
        (tmp_path / "hard.mp4").hardlink_to(source)
        for name in ("film.mp4", "soft.mp4", "hard.mp4"):
            assert self.refusal(tmp_path / name, overwrite=True, source=source) is ErrorCode.TARGET_NOT_WRITABLE

    def test_a_name_too_long(self, tmp_path: Path) -> None:
        assert self.refusal(tmp_path / ("n" * 300)) is ErrorCode.TARGET_NOT_WRITABLE

    def test_a_loop_of_links(self, tmp_path: Path) -> None:
        (tmp_path / "loop").symlink_to(tmp_path / "loop")
        assert self.refusal(tmp_path / "loop" / "a.mp4") is ErrorCode.TARGET_NOT_WRITABLE

    def test_a_read_only_file_system(self) -> None:
        # The kernel's own tree: not writable for anybody, root included.
        assert self.refusal(Path("/proc/sys/a.mp4")) is ErrorCode.TARGET_NOT_WRITABLE
