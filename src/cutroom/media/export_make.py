"""The hands of an export: pieces cut or encoded, files put together and measured. Works in a scratch folder."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.progress import Monotone, Progress
from cutroom.media.choice import choose
from cutroom.media.encode_plan import Encoding
from cutroom.media.export_mux import CHAPTERS, Beside, Films, Muxing, chapter_file, mend
from cutroom.media.extras import Extras, Held, Tally
from cutroom.media.ffmpeg import binary
from cutroom.media.ffmpeg.command import Command, Input, Output, Scratch, Step
from cutroom.media.ffmpeg.failure import damaged
from cutroom.media.ffmpeg.limits import cpu_bound, limits_for
from cutroom.media.ffmpeg.runner import run_steps
from cutroom.media.ffmpeg.workdir import Workdir
from cutroom.media.input import Source, inputs, ranged
from cutroom.media.inside import wire
from cutroom.media.outcome import EXTRACT, Outcome
from cutroom.media.produced import Produced
from cutroom.media.reencode import as_extracted, plan_encoding
from cutroom.media.tools.cost import check_cost
from cutroom.media.tools.film import Means, encode_film
from cutroom.media.tools.formats import FORMATS, OutputFormat, codec_name
from cutroom.media.tools.sound_file import encode_sound
from cutroom.media.tools.sounds import in_order
from cutroom.media.tools.tool import FilmPlan, Pictures, SoundFilePlan, Sounds, Span
from cutroom.media.verify_tool import verify_tool
from cutroom.model.clip import CutRequest, Format, Mode
from cutroom.model.download import Chapter, ExportRequest
from cutroom.model.media import MediaFacts
from cutroom.model.source import RemoteFile

if TYPE_CHECKING:
    from cutroom.media.engine import Engine

Turn = Callable[[CancelToken], AbstractContextManager[int]]
"""Waits for a turn at the processor, and says with how many threads (0: as many as the encoder likes)."""
_AT_ONCE = 8 << 20
# Such files say when pictures are decoded, not when they are shown.
_NO_TIMES = {"avi", "h264", "hevc", "mpegvideo"}
# Sound that a file of the kind could carry but that nobody expects there.
_UNUSUAL = {"m4a": {"ac3"}, "ogg": {"flac"}}
# Packets of a track that a container without edit lists may do without, and coders' run-in it may show.
_RUN_IN = 4
# Plain samples are cut into packets anew by every container, and MP3's packets include its coder's run-in.
_REGROUPED = {"wav", "mp3"}
_COVER_PIXELS = 40_000_000
# What headers say may be a picture short. So much (s) beyond the end still means the end, and is not remarked upon.
_TO_THE_END = Fraction(1, 20)
_ENDS = "The source ends at"
# Chapters of MP3 are those of its tag; what Ogg has for them is not written.
_CHAPTERS = {"mp4", "mkv", "webm", "m4a", "mp3"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A finished, measured file in the scratch folder. ``size`` is as shown."""

    path: Path
    produced: Produced
    size: tuple[int, int] | None
    copied: bool
    warnings: tuple[str, ...] = ()
    beside: Beside = field(default_factory=Beside)
    """What was put in beside the film."""


def can_hold(row: OutputFormat, facts: MediaFacts, tally: Tally | None) -> str | None:
    """Why the whole film may not be copied into the container as it is; None when it may."""
    video = facts.video
    if video is None:
        return None
    if video.codec not in row.video_holds:
        return f"{row.name.upper()} files hold no {video.codec.upper()}"
    if facts.container in _NO_TIMES:
        return "such files carry no times of showing"
    if tally is not None and tally.hidden and row.name != "mp4":
        return "an edit list hides some of its pictures, which only MP4 files can say"
    return None


def generous(row: OutputFormat) -> OutputFormat:
    """The same container, taking as it is what it can hold: a download is not made for one kind of player."""
    return replace(
        row, video_copies=row.video_holds, audio_copies=row.audio_holds - _UNUSUAL.get(row.name, set()),
        chapters=row.name in _CHAPTERS, cover=row.cover or row.name == "mkv",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shop:
    """The engine, and the turn that is waited for before something is encoded."""

    engine: Engine
    turn: Turn


@dataclass(frozen=True, slots=True)
class Maker:
    """The means of one export."""

    shop: Shop
    workdir: Workdir
    report: Monotone
    cancel: CancelToken

    def complete(self, file: Path | RemoteFile) -> Path:
        """The whole file on this machine."""
        if isinstance(file, Path):
            return file
        file.expect(0, file.size)
        for at in range(0, file.size, _AT_ONCE):
            file.ensure(at, _AT_ONCE, self.cancel)
            self.report(Progress("fetching", min(1.0, (at + _AT_ONCE) / file.size)))
        return file.path

    def extras(
        self, source: Source, facts: MediaFacts, request: ExportRequest, row: OutputFormat, span: Span
    ) -> Extras:
        """What is beside pictures and sound, taken out into the scratch folder; of the whole, the packets counted."""
        texts = [{"path": str(text.path), "language": text.language} for text in request.beside.captions]
        params: dict[str, Any] = {
            **inputs(source), "start": str(span.start), "end": None if span.end is None else str(span.end),
            "folder": str(self.workdir.path), "tally": span.end is None, "captions": texts,
            "words": row.subtitles is not None, "styled": row.name == "mkv", "origin": str(facts.origin),
        }  # fmt: skip
        return wire.unpack(
            Extras, self.shop.engine.child.call("extras", params, ranged=ranged(source), cancel=self.cancel)
        )

    def held(self, path: Path) -> Held:
        """What a produced file holds beside pictures and sound."""
        return wire.unpack(Held, self.shop.engine.child.call("held", {"path": str(path)}, cancel=self.cancel))

    def write_chapters(self, chapters: tuple[Chapter, ...]) -> None:
        """As the file that ``mux`` reads."""
        if chapters:
            (self.workdir.path / CHAPTERS).write_text(chapter_file(chapters), "utf-8")

    def cover(self, image: Path, said: list[str]) -> str | None:
        """A site's picture as a JPEG of our own; None, with a sentence in ``said``, for what is no picture."""
        kinds = {".jpg": "jpeg_pipe", ".png": "png_pipe", ".webp": "webp_pipe"}
        made = Scratch("cover.jpg")
        output = Output(made, "image2", ("0:0",), ("-c:v", "mjpeg", "-q:v", "2", "-frames:v", "1", "-update", "1"))
        command = Command((Input(image.absolute(), kinds[image.suffix], threads=1),), (output,), (), 1)
        try:
            self._run(Step(command, 1.0, None), limits_for(_COVER_PIXELS, threads=1, cpu_seconds=60), Monotone(_quiet))
        except Cancelled:
            raise
        except CutroomError:
            said.append("The site's picture for the video cannot be read and was left out.")
            return None
        return made.name

    def piece(self, source: Source, facts: MediaFacts, row: OutputFormat, start: Fraction, end: Fraction) -> Piece:
        """[start, end) exact to the picture (or sample), in ``row``'s container or, on the way to MKV, in MP4."""
        if row.sound_only or facts.video is None:
            return self._sound(source, facts, row, start, end)
        at_end = facts.duration is not None and end >= facts.duration
        request = CutRequest(start, end + _TO_THE_END if at_end else end, Format.MP4)
        if row.name == "webm" or choose(facts, request)[0] is Mode.REENCODE:
            return self._encoded(source, facts, row, request)
        path = self.workdir.new(".mp4")
        made = self.shop.engine.cut(source, request, path, on_progress=self.report, cancel=self.cancel)
        produced = self._measured(path)
        same = made.copied_frames == made.frames and all(codec_name(track.codec) == "aac" for track in facts.audio)
        size = None if made.width is None or made.height is None else (made.width, made.height)
        said = tuple(sentence for sentence in made.warnings if not (at_end and sentence.startswith(_ENDS)))
        return Piece(path, produced, size, made.mode is Mode.EXACT and same, said)

    def written(self, wanted: Muxing, encoding: Encoding, tally: Tally | None) -> Piece:
        """Put together, measured, and held against the plan and the source's own packets."""
        facts = wanted.films.facts
        video = facts.video if wanted.target.video is not None else None
        kept = {track.index: number for number, track in enumerate(facts.audio)}
        tracks = in_order(wanted.tracks)
        copied = encoding.copied
        # Most headers state how long sound is and not of how many packets, and MP3's are counted only by decoding.
        counted = copied and tally is not None and wanted.target.name not in _REGROUPED
        produced, said = self._finish(encoding, facts, quick=wanted.target.sound_only and not counted)
        if tally is not None:
            sources = [kept[track.index] for track in tracks]
            _compare(tally, produced, sources, counted=counted, weighed=copied and wanted.target.name == "wav")
        path = self.workdir.path / encoding.result.name
        size = video.display_size if video is not None else None
        return Piece(path, produced, size, copied, (*encoding.warnings, *said), wanted.beside)

    def mended(self, films: Films) -> Path:
        """The same programme on one clock."""
        encoding = mend(films, FORMATS["mkv"])
        video = films.facts.video
        limits = limits_for(video.width * video.height if video else 0, threads=1)
        for step in encoding.steps:
            self._run(step, limits, self.report)
        return self.workdir.path / encoding.result.name

    def _sound(self, source: Source, facts: MediaFacts, row: OutputFormat, start: Fraction, end: Fraction) -> Piece:
        """A piece of the sound, exact to the sample: encoded, because packets begin and end elsewhere."""
        file, plan = source.audio or source.video, SoundFilePlan(row, Span(start, end), copy=False)
        if isinstance(file, Path) and source.duration is None:
            apart = source.audio is not None
            demuxer = self.shop.engine.probe(file, cancel=self.cancel).container if apart else facts.container
            encoding = encode_sound(plan, replace(facts, container=demuxer), file.absolute())
        else:
            request = CutRequest(start, end, Format.MP3, mode=Mode.REENCODE)
            outcome = self._ask(source, request, sound_only=True, length=facts.duration)
            later = outcome.extracted or Fraction(0)
            moved = as_extracted(outcome.facts, later)
            moved = replace(moved, container="nut", origin=outcome.facts.origin + later)
            encoding = encode_sound(plan, moved, Scratch(EXTRACT))
        produced, said = self._finish(encoding, facts)
        path = self.workdir.path / encoding.result.name
        return Piece(path, produced, None, copied=False, warnings=(*encoding.warnings, *said))

    def _encoded(self, source: Source, facts: MediaFacts, row: OutputFormat, request: CutRequest) -> Piece:
        request = replace(request, mode=Mode.REENCODE)
        plan = FilmPlan(row, Pictures.ENCODE, Sounds.ENCODE, odd=False)
        check_cost(replace(plan, span=Span(request.start, request.end)), facts, self.shop.engine.config.budget)
        outcome = self._ask(source, request, sound_only=False)
        with self.shop.turn(self.cancel) as threads:
            planned = plan_encoding(source, request, outcome, threads)
            if planned.picture is not None and not planned.picture.facts.interlaced:
                planned = replace(planned, picture=replace(planned.picture, frames=outcome.frames))
            encoding = encode_film(plan, planned, Means(threads))
            produced, said = self._finish(encoding, facts, threads=threads, turned=True)
        path = self.workdir.path / encoding.result.name
        warnings = (*encoding.warnings, *said, *outcome.warnings)
        return Piece(path, produced, encoding.expected.shown, copied=False, warnings=warnings)

    def _ask(self, source: Source, request: CutRequest, *, sound_only: bool, length: Fraction | None = None) -> Outcome:
        """Where the piece lies, and its packets copied out where the source is not whole on this machine."""
        remote = ranged(source)
        params: dict[str, Any] = {
            **inputs(source), "request": wire.pack(request), "target": str(self.workdir.new(".none")),
            "budget": wire.pack(self.shop.engine.config.budget),
            "extract": str(self.workdir.path / EXTRACT), "sound_only": sound_only,
            "partial": bool(remote) or source.duration is not None,
        }  # fmt: skip
        if (known := length if length is not None else source.duration) is not None:
            params["duration"] = str(known)
        answer = self.shop.engine.child.call("cut", params, ranged=remote, on_progress=self.report, cancel=self.cancel)
        return wire.unpack(Outcome, answer)

    def _finish(
        self, encoding: Encoding, facts: MediaFacts, *, quick: bool = False, threads: int = 1, turned: bool = False
    ) -> tuple[Produced, tuple[str, ...]]:
        """Run ffmpeg, measure what came out and hold it against the plan.

        Copying needs no turn at the processor; who has one already is ``turned``.
        """
        expected, video = encoding.expected, facts.video
        pixels = video.width * video.height if video is not None and expected.video_codec is not None else 0
        length = max(expected.duration, facts.duration or expected.duration)
        limits = limits_for(
            pixels, hdr=bool(video and video.hdr), threads=threads,
            cpu_seconds=cpu_bound(length, pixels),
        )  # fmt: skip
        free = turned or not any(step.command.graph for step in encoding.steps)
        with nullcontext() if free else self.shop.turn(self.cancel):
            harm = [self._run(step, limits, self.report) for step in encoding.steps]
        self.report(Progress("verifying"))
        path = self.workdir.path / encoding.result.name
        end = None
        if path.suffix == ".mp4" and expected.video_codec is not None and not expected.copied:
            end = expected.duration
        produced = self._measured(path, quick=quick, end=end)
        return produced, verify_tool(expected, produced, damaged=any(harm))

    def _run(self, step: Step, limits: Any, report: Monotone) -> bool:
        """Whether decoders complained of the source."""
        reports = run_steps(
            (step,), ffmpeg=binary.find(self.shop.engine.config.ffmpeg), workdir=self.workdir, limits=limits,
            on_progress=report, cancel=self.cancel, stage="exporting",
        )  # fmt: skip
        return any(damaged(ended.stderr) for ended in reports)

    def _measured(self, path: Path, *, quick: bool = False, end: Fraction | None = None) -> Produced:
        params = {"path": str(path), "quick": quick, "end": None if end is None else str(end)}
        return wire.unpack(Produced, self.shop.engine.child.call("check", params, cancel=self.cancel))


def _compare(tally: Tally, produced: Produced, sources: list[int], *, counted: bool, weighed: bool) -> None:
    """Every picture of the source is in the file, and its sound.

    ``sources`` are the source's tracks in the file's order, whose packets are copied and ``counted``, or ``weighed``.
    Raises ``CutroomError(VERIFICATION_FAILED)``.
    """
    said = None
    if produced.video_codec is not None and produced.frames != tally.pictures:
        said = f"{produced.frames} pictures instead of {tally.pictures}"
    for track, packets in zip(sources, produced.audio_packets, strict=True):
        if counted and abs(packets - tally.sounds[track]) > _RUN_IN:
            said = f"{packets} packets of sound instead of {tally.sounds[track]}"
        if weighed and produced.size_bytes < tally.sizes[track]:
            said = f"{produced.size_bytes} bytes for {tally.sizes[track]} of sound"
    if said is not None:
        raise CutroomError(
            ErrorCode.VERIFICATION_FAILED,
            "The file that came out is not what was planned, so it was thrown away.",
            next_step="Please report this with the source.",
            detail=said,
        )


def _quiet(_progress: Progress) -> None:
    """Nobody waits for it."""
