"""Files that are not what they say, or mean harm: what users upload by mistake and attackers on purpose.

Every case is built into a folder of its own beside a neighbour video and a neighbour text that nobody asked for; files
that name others name those, or a web server that counts who comes.
"""

from __future__ import annotations

import os
import random
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from tests.support import films
from tests.support.film_spec import FilmSpec
from tests.support.hostile_mp4 import CASES as MP4_CASES
from tests.support.hostile_mp4 import box

NEIGHBOUR_TEXT = "the-neighbours-diary"
NOT_MEDIA = frozenset({"not_media"})
BROKEN = frozenset({"not_media", "media_damaged"})
COSTLY = frozenset({"media_too_costly"})
MISSING = frozenset({"source_not_found"})


@dataclass(frozen=True)
class Hostile:
    """A case: how to build it in a folder (given the address of the counting server), and the codes that are right."""

    name: str
    build: Callable[[Path, str], Path]
    codes: frozenset[str]


NEIGHBOUR = FilmSpec("neighbour", frames=90, first=700_000, tracks=(), video=("-c:v", "libx264", "-preset", "veryfast"))
"""The neighbour video: its picture numbers start at 700,000, where no other film's do."""


def neighbours(folder: Path) -> None:
    """What lies beside the hostile file."""
    (folder / "neighbour.txt").write_text(NEIGHBOUR_TEXT)
    (folder / "neighbour.mp4").write_bytes(films.build(NEIGHBOUR).path.read_bytes())
    (folder / "neighbour.ts").write_bytes(
        films.build(replace(NEIGHBOUR, name="neighbour_ts", extension="ts")).path.read_bytes()
    )


def _text(name: str, content: str, codes: frozenset[str] = NOT_MEDIA) -> Hostile:
    """A text file; ``@URL@`` and ``@FOLDER@`` in it stand for the counting server and the case's folder."""

    def build(folder: Path, url: str) -> Path:
        path = folder / name
        path.write_text(content.replace("@URL@", url).replace("@FOLDER@", str(folder)))
        return path

    return Hostile(name, build, codes)


def _bytes(name: str, content: Callable[[], bytes], codes: frozenset[str]) -> Hostile:
    def build(folder: Path, _url: str) -> Path:
        path = folder / name
        path.write_bytes(content())
        return path

    return Hostile(name, build, codes)


_HLS = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:20\n{}#EXTINF:20,\n{}\n#EXT-X-ENDLIST\n"
_KEY = '#EXT-X-KEY:METHOD=AES-128,URI="{}"\n'
_DASH = (
    '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT20S" '
    'profiles="urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet mimeType="video/mp4">'
    '<Representation id="1" bandwidth="1000" codecs="avc1.640028"><BaseURL>{}</BaseURL></Representation>'
    "</AdaptationSet></Period></MPD>"
)
_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="640" height="360">'
    '<image xlink:href="{}" width="640" height="360"/><rect width="99" height="99" fill="red"/></svg>'
)
_SDP = (
    "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
)
_CPL = (
    '<?xml version="1.0"?><CompositionPlaylist xmlns="http://www.smpte-ra.org/schemas/2067-3/2016"><Id>urn:uuid:1'
    "</Id><ContentTitle>x</ContentTitle><EditRate>25 1</EditRate><SegmentList/></CompositionPlaylist>"
)

TEXTS = [
    _text("empty.mp4", ""),
    _text("notes.mp4", "Milk, eggs, bread.\n"),
    _text("long.mp4", "a" * 3_000_000),
    _text("page.mp4", "<!doctype html><title>404</title><body><video src='neighbour.mp4'></video></body>"),
    _text("data.mp4", '{"url": "neighbour.mp4"}'),
    _text("concat.mp4", "ffconcat version 1.0\nfile neighbour.mp4\n"),
    _text("concat_quoted.mp4", "ffconcat version 1.0\nfile 'file:neighbour.mp4'\nduration 5\n"),
    _text("concat_absolute.mp4", "ffconcat version 1.0\nfile @FOLDER@/neighbour.mp4\n"),
    _text("concat_web.mp4", "ffconcat version 1.0\nfile @URL@/neighbour.mp4\n"),
    _text("concat_text.ffconcat", "ffconcat version 1.0\nfile neighbour.txt\n"),
    _text("hls.mp4", _HLS.format("", "neighbour.ts")),
    _text("hls.m3u8", _HLS.format("", "neighbour.ts")),
    _text("hls_absolute.m3u8", _HLS.format("", "file://@FOLDER@/neighbour.ts")),
    _text("hls_web.mp4", _HLS.format("", "@URL@/neighbour.ts")),
    _text("hls_web.m3u8", _HLS.format("", "@URL@/neighbour.ts")),
    _text("hls_key.m3u8", _HLS.format(_KEY.format("@URL@/key"), "neighbour.ts")),
    _text("hls_concat.m3u8", _HLS.format("", "concat:neighbour.txt|@URL@/x.ts")),
    _text("dash.mp4", _DASH.format("neighbour.mp4")),
    _text("dash_web.mp4", _DASH.format("@URL@/neighbour.mp4")),
    _text("dash_web.mpd", _DASH.format("@URL@/neighbour.mp4")),
    _text("drawing.mp4", _SVG.format("neighbour.txt")),
    _text("drawing.png", _SVG.format("file://@FOLDER@/neighbour.txt")),
    _text("drawing_web.svg", _SVG.format("@URL@/x.png")),
    _text("session.mp4", _SDP),
    _text("session.sdp", _SDP),
    _text("imf.mp4", _CPL),
    _text("tags.mp4", ";FFMETADATA1\ntitle=x\n"),
    _text("words.mp4", "1\n00:00:01,000 --> 00:00:02,000\nHello\n"),
    _text("words.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n"),
    _text("words.ass", "[Script Info]\nScriptType: v4.00+\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,D,,0,0,0,,Hi\n"),
    _text("stream.asx", '<ASX version="3"><ENTRY><REF HREF="@URL@/x.asf"/></ENTRY></ASX>'),
    _text("redirect.mov", "RTSPtext\r\nrtsp://127.0.0.1/x"),
    _text("filter.mp4", "movie=neighbour.mp4"),
    _text("script.avs", 'DirectShowSource("neighbour.mp4")'),
    _text("playlist.pls", "[playlist]\nFile1=neighbour.mp4\nNumberOfEntries=1\n"),
]


def _noise(count: int) -> bytes:
    return random.Random(5).randbytes(count)


def _png(width: int, height: int) -> bytes:
    """A black 1-bit picture of any size in a few kilobytes."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    packer = zlib.compressobj(9)
    row = bytes(1 + -(-width // 8))
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def _gif(width: int, height: int, count: int) -> bytes:
    """A canvas of any size and very many pictures of one dot each."""
    head = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\x00\x00\x00\x00\x00\xff\xff\xff"
    dot = b"\x21\xf9\x04\x00\x02\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"
    return head + dot * count + b"\x3b"


def _wave(channels: int, rate: int, bits: int, claimed: int) -> bytes:
    size = channels * bits // 8 & 0xFFFF
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * size & 0xFFFFFFFF, size, bits)
    return (
        b"RIFF" + struct.pack("<I", 0xFFFFFFFF) + b"WAVEfmt " + struct.pack("<I", 16) + form
        + b"data" + struct.pack("<I", claimed) + bytes(4000)
    )  # fmt: skip


def _ebml(kind: str, body: bytes, size: int | None = None) -> bytes:
    length = len(body) if size is None else size
    return bytes.fromhex(kind) + (0x0100000000000000 | length).to_bytes(8, "big") + body


def _mkv_head() -> bytes:
    return _ebml("1A45DFA3", _ebml("4282", b"matroska") + _ebml("4287", b"\x04") + _ebml("4285", b"\x02"))


def _mkv_many_tracks(count: int) -> bytes:
    def track(number: int) -> bytes:
        video = _ebml("E0", _ebml("B0", b"\x01\x40") + _ebml("BA", b"\x00\xb4"))
        ids = _ebml("D7", struct.pack(">H", number)) + _ebml("73C5", struct.pack(">H", number))
        return _ebml("AE", ids + _ebml("83", b"\x01") + _ebml("86", b"V_VP8") + video)

    tracks = b"".join(track(i + 1) for i in range(count))
    info = _ebml("1549A966", _ebml("2AD7B1", b"\x0f\x42\x40"))
    block = _ebml("1F43B675", _ebml("E7", b"\x00") + _ebml("A3", b"\x81\x00\x00\x80" + bytes(30)))
    return _mkv_head() + _ebml("18538067", info + _ebml("1654AE6B", tracks) + block)


def _mkv_deep() -> bytes:
    body = b""
    for _ in range(3000):
        body = _ebml("B6", body)  # chapters in chapters
    return _mkv_head() + _ebml("18538067", _ebml("1043A770", _ebml("45B9", body)))


def _part(name: str, share: float) -> Callable[[], bytes]:
    def content() -> bytes:
        whole = films.film(name).path.read_bytes()
        return whole[: int(len(whole) * share)]

    return content


BINARIES = [
    _bytes("noise.mp4", lambda: _noise(70_000), NOT_MEDIA),
    _bytes("noise.ts", lambda: b"".join(b"\x47" + _noise(187) for _ in range(200)), BROKEN),
    _bytes("noise.mp3", lambda: b"\xff\xfb\x90\x00" + _noise(9_000), BROKEN),
    _bytes("zeros.mp4", lambda: bytes(1_000_000), NOT_MEDIA),
    _bytes("one_byte.mp4", lambda: b"\x00", NOT_MEDIA),
    _bytes("archive.mp4", lambda: b"PK\x03\x04" + _noise(4_000), NOT_MEDIA),
    _bytes("packed.mp4", lambda: b"\x1f\x8b\x08" + zlib.compress(bytes(1 << 20)), NOT_MEDIA),
    _bytes("program.mp4", lambda: b"\x7fELF\x02\x01\x01" + _noise(8_000), NOT_MEDIA),
    _bytes("paper.mp4", lambda: b"%PDF-1.7\n" + _noise(4_000), NOT_MEDIA),
    _bytes("unicode.mp4", lambda: "Überall ist es gut".encode("utf-16"), NOT_MEDIA),
    _bytes("huge.png", lambda: _png(30_000, 30_000), COSTLY),
    _bytes("huge.mp4", lambda: _png(30_000, 30_000), COSTLY),
    _bytes("wide.png", lambda: _png(1_000_000, 300), COSTLY | BROKEN),
    _bytes("channels.wav", lambda: _wave(65_535, 48_000, 16, 4_000), BROKEN | COSTLY | {"range_outside_source"}),
    _bytes("rate.wav", lambda: _wave(2, 0, 16, 4_000), BROKEN),
    _bytes("headers.mkv", _mkv_head, BROKEN),
    _bytes("tracks.mkv", lambda: _mkv_many_tracks(1000), BROKEN | COSTLY),
    _bytes("deep.mkv", _mkv_deep, BROKEN),
    _bytes("endless.mkv", lambda: _mkv_head() + _ebml("18538067", b"", (1 << 55) - 1), BROKEN),
    _bytes("header.flac", lambda: b"fLaC\x80\x00\x00\x22" + bytes(34), BROKEN),
    _bytes("tags.mp3", lambda: b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(3_000), BROKEN),
    _bytes("pages.ogg", lambda: b"OggS" + _noise(9_000), BROKEN),
    _bytes("half.avi", _part("avi_mp3", 0.004), BROKEN),
    _bytes("start.webm", _part("vp9", 0.0002), BROKEN),
    _bytes("start.ts", _part("mpegts", 0.0003), BROKEN),
]


def _pipe(folder: Path, _url: str) -> Path:
    path = folder / "pipe.mp4"
    os.mkfifo(path)
    return path


def _directory(folder: Path, _url: str) -> Path:
    path = folder / "folder.mp4"
    path.mkdir()
    return path


def _sparse(folder: Path, _url: str) -> Path:
    path = folder / "sparse.mp4"
    with path.open("wb") as file:
        file.write(box(b"ftyp", b"isom\x00\x00\x02\x00isommp41"))
        file.truncate(8 << 30)
    return path


PLACES = [
    Hostile("missing.mp4", lambda folder, _url: folder / "missing.mp4", MISSING),
    Hostile("folder.mp4", _directory, NOT_MEDIA | MISSING),
    Hostile("sparse.mp4", _sparse, BROKEN),
]
if hasattr(os, "mkfifo"):
    PLACES += [
        Hostile("pipe.mp4", _pipe, NOT_MEDIA | MISSING),
        Hostile("zero", lambda *_: Path("/dev/zero"), NOT_MEDIA | MISSING),
    ]

MP4S = [_bytes(name, content, BROKEN if codes is None else codes) for name, content, codes in MP4_CASES]
CASES = {case.name: case for case in [*TEXTS, *BINARIES, *PLACES, *MP4S]}

ODD_NAMES = [
    "-y.mp4", "--help.mp4", "it's.mp4", "two\nlines.mp4", "concat:a|b.mp4", "file:x.mp4", "http:x.mp4", "pipe:0",
    "%03d.mp4", "a;b&c.mp4", "$(id).mp4", "tab\there.mp4", "*.mp4", "ünï \u2014 映画 🎬.mp4", "no extension",
    "clip.txt", "clip.m3u8", "[x]:0,y.mp4", "x" * 240 + ".mp4", " space .mp4", "back\\slash.mp4",
    '"quoted".mp4', "data:video,x.mp4", "subfile,,start,1,end,2,,:x.mp4",
]  # fmt: skip
"""Names that mean something to a shell, to ffmpeg or to a terminal. The media in them is good and must be cut."""


def endless_gif() -> bytes:
    """A hundred thousand pictures on a canvas of four million dots, in two megabytes."""
    return _gif(2000, 2000, 100_000)


def bomb() -> Path:
    """Five hours of black 4K in a few dozen megabytes (kept in the cache)."""
    path = films.cache_root() / f"bomb-{films.key('bomb')}.mp4"
    with films.locked(films.cache_root() / "bomb.lock"):
        if not path.exists():
            for old in films.cache_root().glob("bomb-*"):
                old.unlink()
            part = path.with_suffix(".part.mp4")
            unit = path.with_suffix(".unit.mp4")
            black = ["-f", "lavfi", "-i", "color=black:size=3840x2160:rate=30", "-frames:v", "600"]
            films.run(
                [*black, "-c:v", "libx264", "-preset", "ultrafast", "-g", "600", "-pix_fmt", "yuv420p", str(unit)]
            )
            films.run(["-stream_loop", "-1", "-i", str(unit), "-t", "18000", "-c", "copy", str(part)])
            unit.unlink()
            part.replace(path)
    return path
