"""The media worker's part of an export: take out of a source what is neither picture nor sound, and count the packets.

What is damaged or strange here is left out and said; it never costs the pictures.
"""

from __future__ import annotations

from collections import deque
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import av
import av.error
import av.logging
from av.stream import Disposition

from cutroom.media.extras import Extras, Held, Tally, TextTrack, chapters_within
from cutroom.media.inside import wire
from cutroom.media.inside.opening import open_media, open_own
from cutroom.media.inside.probing import describe, programme_video, sound_tracks
from cutroom.media.inside.seeking import rewind, seek
from cutroom.media.inside.window import is_shown
from cutroom.media.inside.words import Cue, ass, subrip, within
from cutroom.model.download import Chapter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.subtitles.stream import SubtitleStream

    from cutroom.media.inside.conversation import Conversation

_TEXT = {"mov_text", "subrip", "srt", "ass", "ssa", "webvtt", "text", "microdvd", "subviewer", "stl", "jacosub", "sami"}
_STYLED = {"ass", "ssa"}
_DRAWN = {"dvd_subtitle", "dvdsub", "hdmv_pgs_subtitle", "pgssub", "dvb_subtitle", "dvbsub", "xsub"}
_COVERS = {"mjpeg": "jpg", "png": "png"}
_MOST_TEXT = 16 << 20
_MOST_CUES = 100_000
_MOST_CHAPTERS = 1000
_LARGEST_COVER = 16 << 20
_LONGEST_TITLE = 500
# A clock that goes back, or goes on much later (s), is another clock.
_SMALLEST_JUMP, _LARGEST_GAP = Fraction(1, 10), Fraction(10)
# Subtitles that began this long (s) before a piece are still met.
_LOOK_BACK = Fraction(15)


def extras(params: dict[str, Any], talk: Conversation) -> dict[str, Any]:
    """The extras of [``start``, ``end``) seconds of input ``video`` as files in ``folder``; an ``Extras``.

    ``end`` None is the end. ``tally`` counts the packets of the whole file (and of ``audio``) on the way, ``origin``
    being the time of the first picture. ``captions`` are text files that belong to the source; ``styled`` keeps the
    styles of subtitles that have some; without ``words`` text is not looked for.
    """
    start, end = Fraction(params["start"]), Fraction(params["end"]) if params.get("end") else None
    folder, warnings = Path(params["folder"]), list[str]()
    tally, cues = None, dict[int, list[Cue]]()
    if params.get("tally"):
        tally = _tally(params, talk, cues)
    with open_media(params["video"], "video", talk) as container:
        origin = describe(container, params["video"]["size"], thorough=False).origin
        texts = [s for s in container.streams.subtitles if _codec(s) in _TEXT]
        cover = _cover(container, folder, warnings)
        chapters = _chapters(container, origin)
        worded = bool(texts or params["captions"])
        texts = texts if params["words"] else []
        if texts and not params.get("tally"):
            near = bool(params["video"].get("ranged"))
            _read(_of_the_piece(container, texts, origin + start, end and origin + end, near=near), cues)
        tracks = [_kept(s, within(_from(cues.get(s.index, []), origin), start, end), folder, params) for s in texts]
        drawn = tuple(s.index for s in container.streams.subtitles if _codec(s) in _DRAWN)
    for number, given in enumerate(params["captions"] if params["words"] else ()):
        tracks.append(_caption(given, folder, number, start, end, warnings))
    kept = tuple(track for track in tracks if track is not None)
    said = tuple(dict.fromkeys(warnings))
    return wire.pack_object(Extras(kept, worded, drawn, chapters_within(chapters, start, end), cover, tally, said))


def held(params: dict[str, Any], _talk: Conversation) -> dict[str, Any]:
    """What a file that we have produced holds beside pictures and sound; a ``Held``."""
    with open_own(Path(params["path"])) as container:
        cover = any(stream.disposition & Disposition.attached_pic for stream in container.streams.video)
        return wire.pack_object(
            Held(tuple(map(_kind, container.streams.subtitles)), len(container.chapters()), cover=bool(cover))
        )


def _kind(stream: Stream) -> str:
    """The codec's own name, whichever decoder reads it."""
    context = cast("Any", stream.codec_context)
    return context.codec.canonical_name if context is not None else "unknown"


def _codec(stream: Stream) -> str:
    context = cast("Any", stream.codec_context)
    return context.name if context is not None else ""


def _tally(params: dict[str, Any], talk: Conversation, cues: dict[int, list[Cue]]) -> Tally:
    """Of files that nobody has read from before: not every format is found from its beginning again."""
    origin = Fraction(params["origin"])
    with open_media(params["video"], "video", talk) as container:
        tally = _go_through(container, cues, origin)
    if not params.get("audio"):
        return tally
    with open_media(params["audio"], "audio", talk) as apart:
        beside = _go_through(apart, {}, origin)
        return Tally(tally.pictures, tally.hidden, beside.sounds, tally.breaks + beside.breaks, beside.sizes)


def _go_through(container: InputContainer, cues: dict[int, list[Cue]], origin: Fraction) -> Tally:
    """Read the whole file once."""
    video, sounds = programme_video(container), sound_tracks(container)
    texts = [s for s in container.streams.subtitles if _codec(s) in _TEXT]
    streams: list[Stream] = [s for s in (video, *sounds, *texts) if s is not None]
    pictures = hidden = 0
    heard = dict.fromkeys((track.index for track in sounds), 0)
    sizes = heard.copy()
    clock = _Clock(container)

    def words() -> Iterator[Packet[Any]]:
        nonlocal pictures, hidden
        for packet in container.demux(*streams):
            if not packet.size:
                continue
            clock.watch(packet)
            if video is not None and packet.stream_index == video.index:
                pictures, hidden = pictures + is_shown(packet), hidden + packet.is_discard
            elif packet.stream_index in heard:
                early = packet.pts is not None and (packet.pts + (packet.duration or 0)) * packet.time_base <= origin
                if not (packet.is_discard or early):
                    heard[packet.stream_index] += 1
                    sizes[packet.stream_index] += packet.size
            else:
                yield packet

    said = words()
    _read(said, cues)
    deque(said, maxlen=0)  # where there are too many words, the packets are still counted to the end
    return Tally(pictures, hidden, tuple(heard.values()), clock.breaks, tuple(sizes.values()))


class _Clock:
    """Watches the decoding times of one stream; only transport streams may jump."""

    def __init__(self, container: InputContainer) -> None:
        self.breaks = 0
        self._jumps = container.format.name == "mpegts"
        self._stream: int | None = None
        self._last = Fraction(0)

    def watch(self, packet: Packet[Any]) -> None:
        if not self._jumps or packet.dts is None or self._stream not in {None, packet.stream_index}:
            return
        time = packet.dts * packet.time_base
        if self._stream is not None and not -_SMALLEST_JUMP < time - self._last < _LARGEST_GAP:
            self.breaks += 1
        self._stream, self._last = packet.stream_index, time


def _of_the_piece(
    container: InputContainer, texts: list[SubtitleStream], start: Fraction, end: Fraction | None, *, near: bool
) -> Iterator[Packet[Any]]:
    """Packets of ``texts`` in container seconds; those that began before only where looking for them is cheap."""
    indexed = container.format.name.startswith("mov")
    back = _LOOK_BACK if indexed or not near else Fraction(0)
    seek(container, round(max(Fraction(0), start - back) * av.time_base))
    # Without an index for each track, how far the file is read shows in the others.
    others = [] if indexed else [s for s in (programme_video(container), *sound_tracks(container)) if s is not None]
    for packet in container.demux(*texts, *others[:1]):
        if packet.pts is None or not packet.size:
            continue
        if end is not None and packet.pts * packet.time_base >= end:
            return
        if packet.stream.type == "subtitle":
            yield packet


def _read(packets: Iterable[Packet[Any]], cues: dict[int, list[Cue]]) -> None:
    """Decode subtitles, by stream, in container seconds."""
    size = count = 0
    for packet in packets:
        if packet.pts is None or not packet.size:
            continue
        time = packet.pts * packet.time_base
        for event, shown in _events(packet):
            cues.setdefault(packet.stream_index, []).append(Cue(time, time + shown, event))
            size, count = size + len(event), count + 1
        if size > _MOST_TEXT or count > _MOST_CUES:
            return


def _events(packet: Packet[Any]) -> Iterator[tuple[str, Fraction]]:
    try:
        found = cast("SubtitleStream", packet.stream).codec_context.decode2(packet)
    except av.error.FFmpegError:
        return
    if found is None:
        return
    stated = (packet.duration or 0) * packet.time_base
    shown = stated or Fraction(found.end_display_time - found.start_display_time, 1000)
    for piece in found:
        event = getattr(piece, "ass", b"")
        if event:
            yield event.decode("utf-8", "replace"), shown


def _from(cues: list[Cue], origin: Fraction) -> list[Cue]:
    return [Cue(cue.start - origin, cue.end - origin, cue.event) for cue in cues]


def _kept(stream: SubtitleStream, cues: list[Cue], folder: Path, params: dict[str, Any]) -> TextTrack | None:
    """The track as a file; None when it says nothing in this piece."""
    styled = bool(params.get("styled")) and _codec(stream) in _STYLED
    if styled and cues:
        header = bytes(stream.codec_context.extradata or b"").decode("utf-8", "replace")
        path = folder / f"words-{stream.index}.ass"
        path.write_text(ass(header, cues), "utf-8")
        return TextTrack(path.name, styled=True, language=stream.language)
    return _as_subrip(folder / f"words-{stream.index}.srt", cues, stream.language)


def _as_subrip(path: Path, cues: list[Cue], language: str | None) -> TextTrack | None:
    text = subrip(cues)
    if not text:
        return None
    path.write_text(text, "utf-8")
    return TextTrack(path.name, styled=False, language=language)


def _caption(
    given: dict[str, Any], folder: Path, number: int, start: Fraction, end: Fraction | None, warnings: list[str]
) -> TextTrack | None:
    """Subtitles that came as a file of their own."""
    cues: dict[int, list[Cue]] = {}
    options = {"format_whitelist": "srt,webvtt", "protocol_whitelist": "file"}
    kind = "webvtt" if given["path"].endswith(".vtt") else "srt"
    av.logging.set_level(None)
    try:
        with av.open(f"file:{given['path']}", "r", format=kind, options=options, metadata_errors="replace") as text:
            _read(text.demux(*text.streams.subtitles), cues)
    except (av.error.FFmpegError, ValueError):
        warnings.append("The subtitles of the page cannot be read and were left out.")
        return None
    found = within((cue for track in cues.values() for cue in track), start, end)
    return _as_subrip(folder / f"captions-{number}.srt", found, given["language"])


def _chapters(container: InputContainer, origin: Fraction) -> list[Chapter]:
    found = []
    for chapter in container.chapters()[:_MOST_CHAPTERS]:
        tick = chapter["time_base"]
        if tick is None:
            continue
        title = " ".join((chapter["metadata"].get("title") or "").split())[:_LONGEST_TITLE]
        found.append(Chapter(chapter["start"] * tick - origin, chapter["end"] * tick - origin, title))
    return found


def _cover(container: InputContainer, folder: Path, warnings: list[str]) -> str | None:
    """The first picture that stands for the file, as a file of its own."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            continue
        rewind(container)  # only then they come again
        suffix = _COVERS.get(_codec(stream))
        packet = next((packet for packet in container.demux(stream) if packet.size), None)
        if suffix is None or packet is None or packet.size > _LARGEST_COVER:
            warnings.append("The cover picture is of a kind that cannot be kept.")
            continue
        path = folder / f"cover.{suffix}"
        path.write_bytes(bytes(packet))
        return path.name
    return None
