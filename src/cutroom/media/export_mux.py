"""Putting a film together in its container: streams copied, sound encoded where it does not fit, and what is beside.

Pure, nothing is started.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from cutroom.media import encode_picture as picture
from cutroom.media.encode_plan import Encoding, Expected, SoundPlan
from cutroom.media.extras import TextTrack
from cutroom.media.ffmpeg.command import Command, Input, Output, Scratch, Step
from cutroom.media.tools import sounds
from cutroom.media.tools.film import Parts, muxing, shifted
from cutroom.media.tools.formats import OutputFormat, sound_copies
from cutroom.media.tools.sounds import Lane, Stretch
from cutroom.model.download import Chapter
from cutroom.model.media import AudioFacts, MediaFacts

CHAPTERS = "chapters.txt"
_LANGUAGE = re.compile(r"[a-z]{3}", re.ASCII)
_SPECIAL = re.compile(r"([=;#\\\n])")
# Coders need some packets before the first that is heard (s).
_RUN_IN = Fraction(2, 25)
_COVER_KINDS = {"jpg": "jpeg_pipe", "png": "png_pipe"}
_MIME = {"jpg": "image/jpeg", "png": "image/png"}


@dataclass(frozen=True, slots=True)
class Films:
    """The files that hold a programme, whole and on this machine, and what is in them.

    ``audio`` is the file of the sound, where it is not the pictures' own; the tracks of ``facts`` are those of it.
    """

    facts: MediaFacts
    video: Path
    audio: Path | None = None
    audio_demuxer: str | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """What goes along, as files of the scratch folder."""

    texts: tuple[TextTrack, ...] = ()
    drawn: tuple[int, ...] = ()
    """Subtitles that are pictures: streams of the film's file."""
    chapters: tuple[Chapter, ...] = ()
    cover: str | None = None

    @property
    def empty(self) -> bool:
        return not (self.texts or self.drawn or self.chapters or self.cover)


@dataclass(frozen=True, slots=True)
class Muxing:
    """What is to be written: into which container, of which films, with what beside them."""

    target: OutputFormat
    films: Films
    tracks: tuple[AudioFacts, ...]
    """Those of the films' sound tracks that are kept, in their order."""
    beside: Beside = field(default_factory=Beside)


def mux(wanted: Muxing) -> Encoding:
    """The step that writes it. Sound is copied where the container holds it, else encoded for it."""
    facts, target = wanted.films.facts, wanted.target
    parts = Parts([_film_input(wanted.films.video, facts.container, facts.origin)], [], [], [])
    if facts.video is not None and target.video is not None:
        parts.maps.append(f"0:{facts.video.index}")
        parts.options += ["-c:v:0", "copy", "-metadata:s:v:0", "encoder="]
        parts.options += ["-tag:v:0", "hvc1"] if target.name == "mp4" and facts.video.codec == "hevc" else []
    lanes = _add_sound(parts, wanted)
    _add_words(parts, wanted.beside, target)
    attachment = _add_cover(parts, wanted.beside, target, pictures=len(parts.maps) > len(lanes))
    chapters = None
    if wanted.beside.chapters:
        chapters = len(parts.inputs)
        parts.inputs.append(Input(Scratch(CHAPTERS), "ffmetadata"))
    scale = picture.time_scale(facts.video) if facts.video is not None else 0
    parts.options += muxing(target, scale) if scale else _sound_muxing(target)
    result = Scratch(f"export.{target.name}")
    output = Output(result, target.muxer, tuple(parts.maps), tuple(parts.options), chapters, attachment)
    length = facts.duration or Fraction(0)
    command = Command(tuple(parts.inputs), (output,), tuple(parts.chains), 1)
    copied = all(lane.copied for lane in lanes)
    expected = _expected(wanted, lanes, length)
    return Encoding((Step(command, 1.0, length),), result, expected, sounds.warnings(lanes), copied)


def mend(films: Films, target: OutputFormat) -> Encoding:
    """The step that copies a transport stream whose clock jumps into a file with one clock, all its tracks along."""
    facts = films.facts
    inputs = [Input(films.video, facts.container, threads=1)]
    if films.audio is not None:
        inputs.append(Input(films.audio, films.audio_demuxer or facts.container, threads=1))
    maps = [f"0:{facts.video.index}"] if facts.video is not None else []
    maps += [f"{len(inputs) - 1}:{track.index}" for track in facts.audio]
    result = Scratch(f"mended.{target.name}")
    output = Output(result, target.muxer, tuple(maps), ("-c", "copy"))
    command = Command(tuple(inputs), (output,), (), 1, keep_times=False)
    expected = Expected(
        duration=Fraction(0), frames=None, width=None, height=None, video_codec=None, audio_codecs=(), copied=True
    )  # fmt: skip
    return Encoding((Step(command, 1.0, None),), result, expected)


def sound_lane(target: OutputFormat, facts: AudioFacts, stretch: Stretch) -> Lane:
    """The track copied where ``target`` holds it, else encoded as long as ``stretch``."""
    return (
        Lane(facts, facts.codec) if sound_copies(target, facts) else sounds.encoded_lane(target.audio, facts, stretch)
    )


def chapter_file(chapters: tuple[Chapter, ...]) -> str:
    r"""Chapters in the way ffmpeg reads them. Titles are other people's words: what has a meaning there is escaped.

    >>> print(chapter_file((Chapter(Fraction(0), Fraction(3, 2), "a=b"),)), end="")
    ;FFMETADATA1
    [CHAPTER]
    TIMEBASE=1/1000
    START=0
    END=1500
    title=a\=b
    """
    lines = [";FFMETADATA1"]
    for chapter in chapters:
        title = _SPECIAL.sub(r"\\\1", " ".join(chapter.title.split()))
        lines += ["[CHAPTER]", "TIMEBASE=1/1000", f"START={round(chapter.start * 1000)}"]
        lines += [f"END={round(chapter.end * 1000)}", f"title={title}"]
    return "\n".join(lines) + "\n"


def _film_input(path: Path, demuxer: str, origin: Fraction) -> Input:
    return Input(path, demuxer, threads=1, options=shifted(origin))


def _add_sound(parts: Parts, wanted: Muxing) -> tuple[Lane, ...]:
    """Copied tracks come from the shifted input of their file, encoded ones from an input of their own."""
    facts, films = wanted.films.facts, wanted.films
    if not wanted.tracks:
        return ()
    path, demuxer = films.audio or films.video, films.audio_demuxer or facts.container
    stretch = Stretch(facts.origin, sounds.longest_end(facts))
    plan = SoundPlan(path, demuxer, wanted.tracks, stretch.first, stretch.end)
    lanes = tuple(sound_lane(wanted.target, track, stretch) for track in sounds.in_order(plan.tracks))
    copying = 0
    if films.audio is not None and any(lane.copied for lane in lanes):
        copying = len(parts.inputs)
        parts.inputs.append(_film_input(path, demuxer, facts.origin))
    reading = len(parts.inputs)
    if encoded := tuple(lane.facts for lane in lanes if not lane.copied):
        parts.inputs.append(Input(path, demuxer, seek=sounds.seek(stretch, encoded), threads=1))
    for number, lane in enumerate(lanes):
        if lane.copied:
            parts.maps.append(f"{copying}:{lane.facts.index}")
            parts.options += _from_the_first_picture(wanted.target, lane.facts, facts.origin, number)
        else:
            parts.chains.append(sounds.chain(lane, stretch, reading, f"a{number}"))
            parts.maps.append(f"a{number}")
    parts.options += sounds.options(lanes, several=wanted.target.many_tracks)
    return lanes


def _from_the_first_picture(target: OutputFormat, track: AudioFacts, origin: Fraction, number: int) -> tuple[str, ...]:
    """What sounds before the first picture is hidden by MP4's edit list; where there is none it is not written."""
    if target.muxer != "matroska" or track.start >= origin - _RUN_IN:
        return ()
    return (f"-bsf:a:{number}", f"noise=drop='lt(pts,{-round(_RUN_IN / track.time_base)})'")


def _add_words(parts: Parts, beside: Beside, target: OutputFormat) -> None:
    number = 0
    for track in beside.texts:
        parts.maps.append(f"{len(parts.inputs)}:0")
        parts.inputs.append(Input(Scratch(track.file), "ass" if track.styled else "srt"))
        codec = "copy" if track.styled else target.subtitles or "copy"
        tag = track.language if track.language and _LANGUAGE.fullmatch(track.language) else "und"
        parts.options += [f"-c:s:{number}", codec, f"-metadata:s:s:{number}", f"language={tag}"]
        parts.options += [f"-disposition:s:{number}", "0"]
        number += 1
    for index in beside.drawn:
        parts.maps.append(f"0:{index}")
        parts.options += [f"-c:s:{number}", "copy"]
        number += 1


def _add_cover(parts: Parts, beside: Beside, target: OutputFormat, *, pictures: bool) -> Scratch | None:
    """As a picture stream that is marked for what it is; in Matroska as an attachment, which is the same to players."""
    if beside.cover is None:
        return None
    cover, kind = Scratch(beside.cover), beside.cover.rpartition(".")[2]
    if target.muxer == "matroska":
        parts.options += ["-metadata:s:t:0", f"mimetype={_MIME[kind]}", "-metadata:s:t:0", f"filename=cover.{kind}"]
        return cover
    number = 1 if pictures else 0
    parts.maps.append(f"{len(parts.inputs)}:0")
    parts.inputs.append(Input(cover, _COVER_KINDS[kind]))
    parts.options += [f"-c:v:{number}", "copy", f"-disposition:v:{number}", "attached_pic"]
    return None


def _sound_muxing(target: OutputFormat) -> tuple[str, ...]:
    return {
        "mp4": ("-movflags", "+faststart"),
        "m4a": ("-movflags", "+faststart"),
        # The header states padding, so that the length is exact; the cover needs a tag.
        "mp3": ("-write_xing", "1", "-id3v2_version", "3", "-write_id3v1", "0"),
        "wav": ("-rf64", "auto"),
    }.get(target.name, ())


def _expected(wanted: Muxing, lanes: tuple[Lane, ...], length: Fraction) -> Expected:
    video = wanted.films.facts.video if wanted.target.video is not None else None
    return Expected(
        duration=length, frames=None, width=video.width if video else None, height=video.height if video else None,
        video_codec=video.codec if video else None, audio_codecs=tuple(lane.codec for lane in lanes), upright=False,
        copied=True,
    )  # fmt: skip
