"""A download's last step: a source, or a piece of it, in the container that was asked for.

What the container holds is copied, bit for bit; only what it does not hold is encoded, and of a piece only the seams
where that is possible. Subtitles, chapters and the cover go along where the container has a place for them. The file
that comes out is measured and held against the plan before anybody gets it.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.kernel.progress import Monotone, Progress, ProgressCallback, ignore
from cutroom.kernel.timespan import format_time
from cutroom.media.export_make import Maker, Piece, Shop, Turn, can_hold, generous
from cutroom.media.export_mux import Beside, Films, Muxing, mux
from cutroom.media.extras import Extras, Held, chapters_within
from cutroom.media.ffmpeg.workdir import Workdir, remove_stale
from cutroom.media.input import Source, as_source
from cutroom.media.tools.formats import FORMATS, OutputFormat
from cutroom.media.tools.sources import default_track, sound_length
from cutroom.media.tools.tool import Span
from cutroom.model.download import ExportRequest, ExportResult

if TYPE_CHECKING:
    from cutroom.media.engine import Engine
    from cutroom.model.media import MediaFacts

_STALE = 0.0
# What goes wrong with things beside the film must not cost the film.
_WORTH_LESS = {ErrorCode.PROCESSING_FAILED, ErrorCode.MEDIA_DAMAGED, ErrorCode.VERIFICATION_FAILED}


def export(
    engine: Engine,
    source: Source | Path,
    request: ExportRequest,
    target: Path,
    *,
    overwrite: bool = False,
    on_progress: ProgressCallback = ignore,
    cancel: CancelToken | None = None,
    turn: Turn | None = None,
) -> ExportResult:
    """Write ``request`` of ``source`` to ``target``: all of it or nothing. Raises ``CutroomError``.

    ``turn`` is waited for before something is encoded, and says with how many threads. ``RANGE_OUTSIDE_SOURCE`` when
    the piece begins behind the end, ``NO_AUDIO`` when sound is wanted and there is none.
    """
    cancel, report = cancel or CancelToken(), Monotone(on_progress)
    target = Path(os.path.realpath(target))
    root = engine.config.scratch or target.parent
    shop = Shop(engine, turn or (lambda _cancel: contextlib.nullcontext(engine.config.threads or 0)))
    remove_stale(root, _STALE)
    with Workdir(root) as workdir:
        job = _Export(Maker(shop, workdir, report, cancel), as_source(source), request)
        piece = job.run()
        cancel.check()
        held = job.maker.held(piece.path)
        piece = replace(piece, warnings=(*piece.warnings, *_missed(piece, held)))
        workdir.publish(piece.path, target, overwrite=overwrite)
    return _result(request, piece, held, job.title)


@dataclass(slots=True)
class _Export:
    """One export at work."""

    maker: Maker
    source: Source
    request: ExportRequest
    title: str | None = None

    def run(self) -> Piece:
        maker, request = self.maker, self.request
        row = generous(FORMATS[request.format.value])
        maker.report(Progress("probing"))
        if request.start == 0 and request.end is None and not row.sound_only:
            return self._whole(row)
        facts = maker.shop.engine.probe(self.source, cancel=maker.cancel)
        self.title = facts.title
        if row.sound_only:
            default_track(facts)  # raises where there is none
            if facts.duration is not None:  # the sound's own end counts, where it outlasts the pictures
                facts = replace(facts, duration=sound_length(facts))
        span = span_of(request, facts.duration)
        if span.whole:
            return self._whole(row)
        return self._part(row, facts, span)

    def _whole(self, row: OutputFormat) -> Piece:
        """All of it: in one run of ffmpeg where the container holds the pictures."""
        films, maker = self._films(self.source), self.maker
        extras = maker.extras(Source(films.video, films.audio), films.facts, self.request, row, Span())
        if extras.tally is not None and extras.tally.breaks:
            films = self._films(Source(maker.mended(films)))
            extras = maker.extras(Source(films.video), films.facts, self.request, row, Span())
        facts = films.facts
        self.title = facts.title or self.title
        if row.sound_only:
            track = default_track(facts)
            films = replace(films, facts=replace(facts, video=None))
            return self._mux(Muxing(row, films, (track,)), extras)
        obstacle = can_hold(row, facts, extras.tally)
        if obstacle is None:
            return self._mux(Muxing(row, films, facts.audio), extras)
        length = facts.duration
        if length is None:
            raise CutroomError(ErrorCode.MEDIA_DAMAGED, "The length of the source cannot be found out.")
        source = Source(films.video, films.audio)
        return self._finish(maker.piece(source, facts, row, Fraction(0), length), row, extras)

    def _part(self, row: OutputFormat, facts: MediaFacts, span: Span) -> Piece:
        end = span.end if span.end is not None else facts.duration
        if end is None:
            raise CutroomError(ErrorCode.MEDIA_DAMAGED, "The length of the source cannot be found out.")
        source = self.source
        if facts.container == "mpegts" and isinstance(source.video, Path):
            films = self._films(source)
            whole = self.maker.extras(source, films.facts, self.request, FORMATS["wav"], Span())
            if whole.tally is not None and whole.tally.breaks:
                source = Source(self.maker.mended(films))
                facts = self.maker.shop.engine.probe(source, cancel=self.maker.cancel)
        piece = self.maker.piece(source, facts, row, span.start, end)
        extras = self.maker.extras(source, facts, self.request, row, Span(span.start, end))
        return self._finish(piece, row, extras)

    def _finish(self, piece: Piece, row: OutputFormat, extras: Extras) -> Piece:
        """Into its container, if it is not there yet, with what belongs beside it."""
        beside, said = self._beside(row, extras, drawn=False)  # which are streams of another file
        piece = replace(piece, warnings=(*piece.warnings, *said))
        if beside.empty and piece.path.suffix == f".{row.name}":
            return piece
        facts = self.maker.shop.engine.probe(piece.path, cancel=self.maker.cancel)
        wanted = Muxing(row, Films(facts, piece.path), facts.audio, beside)
        made = self._written(wanted, None)
        return replace(made, copied=piece.copied, warnings=(*piece.warnings, *made.warnings))

    def _mux(self, wanted: Muxing, extras: Extras) -> Piece:
        beside, said = self._beside(wanted.target, extras, drawn=wanted.target.name == "mkv")
        made = self._written(replace(wanted, beside=beside), extras)
        more = len(wanted.films.facts.audio) - len(wanted.tracks)
        if more > 0:
            said = (f"Of {more + len(wanted.tracks)} sound tracks only the default one was used.", *said)
        return replace(made, warnings=(*made.warnings, *said))

    def _written(self, wanted: Muxing, extras: Extras | None) -> Piece:
        """Run it; without what is beside the film where that turns out to be the trouble."""
        maker, tally = self.maker, extras.tally if extras is not None else None
        try:
            return maker.written(wanted, mux(wanted), tally)
        except Cancelled:
            raise
        except CutroomError as error:
            if wanted.beside.empty or error.code not in _WORTH_LESS:
                raise
        bare = replace(wanted, beside=Beside())
        made = maker.written(bare, mux(bare), tally)
        said = "What the source has beside its pictures and sound (subtitles, chapters, cover) could not be kept."
        return replace(made, warnings=(*made.warnings, said))

    def _films(self, source: Source) -> Films:
        """The source's files, whole and on this machine; facts that the files themselves give."""
        maker, audio = self.maker, source.audio
        video = maker.complete(source.video)
        sound = maker.complete(audio) if audio is not None else None
        facts = maker.shop.engine.probe(Source(video, sound), cancel=maker.cancel)
        if sound is None:
            return Films(facts, video)
        return Films(facts, video, sound, maker.shop.engine.probe(sound, cancel=maker.cancel).container)

    def _beside(self, row: OutputFormat, extras: Extras, *, drawn: bool) -> tuple[Beside, tuple[str, ...]]:
        """What of the extras the container has a place for, as files; and what is left out, one sentence each."""
        given = self.request.beside
        said = list(extras.warnings)
        name = row.name.upper()
        texts, chapters, cover = extras.texts, extras.chapters, extras.cover
        if not chapters and given.chapters:
            chapters = chapters_within(given.chapters, self.request.start, self.request.end)
        if extras.worded and row.subtitles is None:
            said.append(f"The subtitles were left out: {name} files hold none.")
        if extras.drawn and not drawn:
            said.append("Subtitles that are pictures were left out: only whole MKV files hold them.")
        if chapters and not row.chapters:
            chapters = ()
            said.append(f"The chapters were left out: {name} files hold none.")
        if cover is None and given.cover is not None and row.cover:
            cover = self.maker.cover(given.cover, said)
        if cover is not None and not row.cover:
            cover = None
            said.append(f"The cover picture was left out: {name} files hold none.")
        beside = Beside(texts, extras.drawn if drawn else (), chapters, cover)
        self.maker.write_chapters(chapters)
        return beside, tuple(said)


def span_of(request: ExportRequest, length: Fraction | None) -> Span:
    """The piece that is wanted of a source of that length. Raises ``RANGE_OUTSIDE_SOURCE``."""
    if length is not None and request.start >= length:
        raise CutroomError(
            ErrorCode.RANGE_OUTSIDE_SOURCE,
            f"The start ({format_time(request.start)}) lies beyond the end of the source, which is "
            f"{format_time(length)} long.",
            duration=length,
        )
    end = request.end
    if end is not None and end <= request.start:
        raise CutroomError(ErrorCode.INVALID_RANGE, "The piece ends before it begins.")
    return Span(request.start, None if end is None or (length is not None and end >= length) else end)


def _missed(piece: Piece, held: Held) -> tuple[str, ...]:
    """What was put into the file and is not found in it, one sentence each."""
    wanted, said = piece.beside, []
    if len(held.subtitles) < len(wanted.texts) + len(wanted.drawn):
        said.append("Not all subtitles could be kept.")
    if held.chapters < len(wanted.chapters):
        said.append("The chapters could not be kept.")
    if wanted.cover is not None and not held.cover:
        said.append("The cover picture could not be kept.")
    return tuple(said)


def _result(request: ExportRequest, piece: Piece, held: Held, title: str | None) -> ExportResult:
    produced = piece.produced
    if produced.first is not None and produced.end is not None:
        duration = produced.end - produced.first
    else:
        duration = max(produced.audio_ends, default=Fraction(0))
    return ExportResult(
        format=request.format,
        duration=duration,
        frames=produced.frames,
        width=piece.size[0] if piece.size else None,
        height=piece.size[1] if piece.size else None,
        video_codec=produced.video_codec,
        audio_codecs=produced.audio_codecs,
        subtitles=held.subtitles,
        chapters=held.chapters,
        cover=held.cover,
        copied=piece.copied,
        title=title,
        size_bytes=produced.size_bytes,
        warnings=tuple(dict.fromkeys(piece.warnings)),
    )
