"""What lies beside pictures and sound: taken out, and nothing that is strange there costs the pictures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from cutroom.media.inside import extras
from cutroom.media.inside.words import Cue
from tests.support import films
from tests.support.short_films import short_film


@pytest.fixture(scope="module")
def wordy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film with a line of subtitles every tenth of a second."""
    folder = tmp_path_factory.mktemp("wordy")
    lines = (f"{n + 1}\n00:00:0{n // 10},{n % 10}00 --> 00:00:0{n // 10},{n % 10}50\nline {n}\n\n" for n in range(29))
    (folder / "words.srt").write_text("".join(lines))
    path = folder / "wordy.mkv"
    films.run(["-i", str(short_film("mp4").path), "-i", str(folder / "words.srt"), "-map", "0:v", "-map", "0:a",
               "-map", "1:0", "-c", "copy", str(path)])  # fmt: skip
    return path


@pytest.mark.slow
@pytest.mark.parametrize(("most", "kept"), [(100, 29), (5, 6)])
def test_packets_are_counted_to_the_end_however_many_words_there_are(
    wordy: Path, most: int, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(extras, "_MOST_CUES", most)
    cues: dict[int, list[Cue]] = {}
    with av.open(str(wordy)) as container:
        tally = extras._go_through(container, cues, Fraction(0))
    (lines,) = cues.values()
    assert len(lines) == kept
    assert (tally.pictures, tally.hidden, tally.breaks) == (90, 0, 0)
    assert tally.sounds[0] >= 140
    assert 0 < tally.sizes[0] < wordy.stat().st_size
