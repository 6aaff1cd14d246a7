"""Subtitle files as cues: SubRip and WebVTT of any quality, also the rolling captions that sites make by machine.

The texts are strangers' data. What is bounded: bytes, cues, the length of a cue; what is taken out: tags, control and
direction characters, descriptions of sounds, labels of speakers. What cannot be used is left out and counted.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

LARGEST = 8 << 20
"""Characters of a file that are read."""
MOST_CUES = 50_000
_LONGEST_CUE = 2000
_LONGEST_LINE = 20_000
_LAST_TIME = 48 * 3600.0
# A cue without an end is shown so long (s); no cue is believed to be shown longer than the other.
_SHOWN, _LONGEST_SHOWN = 4.0, 60.0

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,:](\d{1,3}))?"
_TIMES = re.compile(rf"^\s*{_TIME}\s*-{{1,3}}>\s*(?:{_TIME})?")
_BROKEN_TIMES = re.compile(r"^[^A-Za-z]{0,20}:\S{0,20}\s*-{1,3}>|^\s*-?\d[\d.,]*\s*-->")
_INLINE = re.compile(r"<(?:(\d{1,3}):)?(\d{2}):(\d{2})\.(\d{3})>")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>|\{\\[^{}]{0,200}\}|</?>")
_SOUNDS = re.compile(r"\[[^\[\]]{0,200}\]|\uff08[^\uff08\uff09]{0,200}\uff09|[\u266a\u266b#]{2,}|[\u266a\u266b]")
_WHOLE_LINE = re.compile(r"^\s*[-\u2013]?\s*\([^()]{0,200}\)\s*$")
_SPEAKER = re.compile(r"^\s*(?:>>+\s*)?(?:[A-Z][A-Z0-9 .'-]{1,24}:\s+|>>+\s*|[A-Z][a-z]+ ?\d?:\s+(?=[A-Z\"']))")
_DASH = re.compile(r"^\s*[-\u2013\u2014]\s*(?=\S)")
# Control characters, invisible ones, marks of direction, halves of pairs, what has no meaning outside one font.
_UNREADABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\uf8ff\ufeff\ufff9-\ufffb\U000e0000-\U0010ffff]"
)
_SKIPPED = ("NOTE", "STYLE", "REGION")


@dataclass(frozen=True, slots=True)
class Cue:
    """Text shown in [start, end) seconds of the film. ``starts`` has the word times of a file that states them."""

    start: float
    end: float
    text: str
    starts: tuple[float | None, ...] = ()
    """One a word of ``text``, None where the file does not say; or none at all."""
    new_voice: bool = False
    """The file says that another person speaks: a dash, two arrows, a name."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """The cues in order, none overlapping; what was wrong with the file, one sentence each."""

    cues: tuple[Cue, ...]
    problems: tuple[str, ...] = ()


def decode(data: bytes) -> str:
    """The text of a subtitle file, whose coding nobody states: UTF-8, UTF-16 with a mark, else Windows-1252."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(name, "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def parse(text: str) -> Parsed:
    """The cues of a file in either format; no cues and a problem for what is no such file. Never raises."""
    problems: list[str] = []
    if len(text) > LARGEST:
        text = text[:LARGEST]
        problems.append("The subtitle file is very large; only its beginning was read.")
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").split("\n")
    cues, broken = [], 0
    for block in _blocks(lines):
        cue = _cue(block)
        if cue is None:
            broken += 1
        else:
            cues += [made for made in cue if made.text]
        if len(cues) >= MOST_CUES:
            problems.append(f"The subtitle file has very many cues; the first {MOST_CUES} were read.")
            break
    if broken:
        problems.append(f"{broken} subtitle cue{'s' * (broken > 1)} with impossible times or overlong text left out.")
    if not cues:
        problems.append("The subtitle file holds no text that can be used.")
    return Parsed(_settled(_unrolled(sorted(cues, key=lambda cue: cue.start))), tuple(problems))


def _blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    """The lines of each cue, beginning with its times. Empty lines inside a text are forgiven."""
    block: list[str] = []
    skipping = False
    for number, line in enumerate(lines):
        if "-->" in line[:200] and _TIMES.match(line[:200]):
            if block:
                yield _without_number(block)
            block, skipping = [line[:200]], False
        elif line.startswith(_SKIPPED) and not lines[max(0, number - 1)].strip():
            skipping = True
        elif not skipping and _BROKEN_TIMES.match(line[:200]):
            if block:
                yield _without_number(block)
            block = [line[:200]]  # times that cannot be read: its text is not that of the cue before
        elif not skipping and block:
            block.append(line[: _LONGEST_LINE + 1])
    if block:
        yield block


def _without_number(block: list[str]) -> list[str]:
    """The number of the next cue does not belong to the text of this one."""
    if len(block) > 2 and block[-1].strip().isdecimal() and not block[-2].strip():
        return block[:-2]
    return block


def _cue(block: Sequence[str]) -> list[Cue] | None:
    times = _TIMES.match(block[0])
    if times is None:
        return None
    start = _seconds(times.groups()[:4])
    end = _seconds(times.groups()[4:]) if times[6] is not None else start + _SHOWN
    text = block[1:]
    if not 0 <= start < end <= _LAST_TIME or sum(map(len, text)) > _LONGEST_LINE:
        return None
    return list(_utterances(start, min(end, start + _LONGEST_SHOWN), text))


def _seconds(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, part = parts
    return round(int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0) + float(f"0.{part or 0}"), 3)


def _utterances(start: float, end: float, lines: Sequence[str]) -> Iterator[Cue]:
    """What is said in one cue: one text, or several where lines begin with dashes. Time is shared out by length."""
    said: list[tuple[str, bool, tuple[float | None, ...]]] = []
    dashes = any(_DASH.match(line) for line in lines)
    for line in lines:
        dashed = dashes and _DASH.match(line) is not None
        bare = _DASH.sub("", line) if dashes else line
        text, named = _without_label(clean(_TAG.sub("", _INLINE.sub("", bare))))
        if not text:
            continue
        starts = _inline_starts(bare, start, text)
        if said and not (dashed or named):
            before, voice, known = said[-1]
            said[-1] = (f"{before} {text}", voice, known + starts)
        else:
            said.append((text, dashed or named, starts))
    total = sum(len(text) for text, _, _ in said) or 1
    at = start
    for text, new_voice, starts in said:
        share = (end - start) * len(text) / total
        usable = len(starts) == len(text.split()) and any(known is not None for known in starts)
        yield Cue(at, at + share, text[:_LONGEST_CUE], starts if usable else (), new_voice)
        at += share


def _inline_starts(line: str, start: float, text: str) -> tuple[float | None, ...]:
    """The times of words that stand between them, as sites write them; None for each where there are none."""
    words = len(text.split())
    pieces = _INLINE.split(line)
    starts: list[float] = [start] * len(clean(_TAG.sub("", pieces[0])).split())
    for at in range(1, len(pieces), 5):
        starts += [_seconds(pieces[at : at + 4])] * len(clean(_TAG.sub("", pieces[at + 4])).split())
    usable = len(pieces) > 1 and len(starts) == words and starts == sorted(starts)
    return tuple(starts) if usable else (None,) * words


def clean(text: str) -> str:
    """One line without markup, descriptions of sounds and characters that are not for reading."""
    text = html.unescape(text)
    text = _UNREADABLE.sub("", text.replace("\t", " ").replace("\u00a0", " "))
    if _WHOLE_LINE.match(text):
        return ""
    return " ".join(_SOUNDS.sub(" ", text).replace("\\N", " ").replace("\\h", " ").split())


def _without_label(text: str) -> tuple[str, bool]:
    found = _SPEAKER.match(text)
    return (text[found.end() :], True) if found else (text, False)


def _unrolled(cues: Sequence[Cue]) -> list[Cue]:
    """Rolling captions repeat what was said until it leaves the screen: each word once, at its first showing."""
    if not _rolls(cues):
        return [cue for number, cue in enumerate(cues) if not number or not _same(cue, cues[number - 1])]
    kept: list[Cue] = []
    tail: list[str] = []
    last_end = 0.0
    for cue in cues:
        words = cue.text.split()
        repeated = _overlap(tail, words) if cue.start - last_end < 1.0 else 0
        fresh, starts = words[repeated:], cue.starts[repeated:]
        last_end = max(last_end, cue.end)
        if fresh:
            start = starts[0] if starts and starts[0] is not None else cue.start
            kept.append(replace(cue, start=min(start, cue.end - 0.01), text=" ".join(fresh), starts=starts))
        tail = (tail + fresh)[-60:]
    return kept


def _same(cue: Cue, before: Cue) -> bool:
    return cue.text == before.text and cue.start - before.end < 0.1


def _rolls(cues: Sequence[Cue]) -> bool:
    """Whether at least three cues, and every third, begin with what ended the one before."""
    repeats = 0
    for before, cue in pairwise(cues):
        words = cue.text.split()
        overlap = _overlap(before.text.split(), words)
        repeats += cue.start - before.end < 1.0 and (overlap >= 2 or overlap == len(words)) and not _same(cue, before)
    return repeats >= 3 and repeats * 3 >= len(cues)


def _overlap(tail: Sequence[str], words: Sequence[str]) -> int:
    """How many of ``words``, from the first on, are the last of ``tail``."""
    for count in range(min(len(tail), len(words)), 0, -1):
        if list(tail[-count:]) == list(words[:count]):
            return count
    return 0


def _settled(cues: Sequence[Cue]) -> tuple[Cue, ...]:
    """No cue ends after the next begins; two that begin together follow each other."""
    kept: list[Cue] = []
    for cue in cues:
        if kept and cue.start < kept[-1].end:
            before = kept[-1]
            if cue.start - before.start < 0.2:
                middle = before.start + (max(before.end, cue.end) - before.start) / 2
                kept[-1] = replace(before, end=middle, starts=())
                kept.append(replace(cue, start=middle, end=max(cue.end, middle + 0.1), starts=()))
                continue
            kept[-1] = replace(before, end=cue.start)
        kept.append(cue)
    return tuple(kept)
