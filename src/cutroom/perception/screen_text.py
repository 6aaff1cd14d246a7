"""Text in the pictures: the sense that reads, of those that share the decode.

``text_gate`` says which pictures are worth reading; at most one in two seconds is, on average, and only the rows in
which something new stands. A text read is followed by its edges, so that its times are those of the probes between
which it came and went, or of the cut between them. What is read is a stranger's: it leaves here as plain text.
"""

from __future__ import annotations

import unicodedata
from collections import deque
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from cutroom.model.percepts import Box, Missing, ScreenText
from cutroom.perception.adapters.rapid_ocr import Line, Quad, Reader, installed
from cutroom.perception.text_gate import CELL, Edges, Gate, Grey, Print, Rectangle

PROBE_SIDE, READ_SIDE = 640, 1280
_PROBE = 0.25
_PER_SECOND, _SAVED = 0.5, 2.5
"""Whole pictures that may be read in a second, and how many of them may be saved up."""
_LEAST_PRICE = 0.4
_SHOWN, _SETTLED = 0.5, 0.85
_KEPT_PROBES = 32
_INKED = 0.25
"""Of what the fullest rows of a text hold in strokes, what makes a row one of its capitals'. Measured in five fonts at
16 to 64 pixels, with outlines and on plates: 1.02 to 1.09 of their height, a standard deviation of .12."""
MOST_TEXTS, MOST_LETTERS = 2_000, 500
_MOST_STANDING = 150
_ALIKE = 0.8
_GAP, _GAP_ELSEWHERE = 2.5, 0.4
"""Seconds for which a text may be away and is still the same, at its place and where it moved to."""
_SLACK = 1e-3
_BORDER = 2.0
"""Pixels from the border of what is read within which a line's box says that it goes on beyond."""

Plane = npt.NDArray[np.uint8]


@dataclass(slots=True)
class Standing:
    """A text that stands in the picture, or stood."""

    text: str
    score: float
    box: tuple[float, float, float, float]
    """left, top, right, bottom in shares of the picture."""
    height: float
    came: tuple[float, float]
    """The last probe without it, and the first with it."""
    seen: float
    went: float | None = None
    """The first probe without it again; None while it stands, or where the film ended."""
    print: Print | None = None
    start: float = 0.0
    end: float = 0.0
    probes: int = 0
    readings: int = 1
    shown: float = 1.0
    settled: bool = True
    """Whether it stood there as it was read a moment before, or was read again since."""

    @property
    def sure(self) -> bool:
        """Whether it was read well, and stands there as it was read: it need not be read again."""
        return self.settled and self.score >= 0.9 and 0.75 <= self.shown <= 1.25


class TextSense:
    """``texts`` stands after ``finish``; None where no reader is installed, or the pictures are too small for one."""

    def __init__(self, models: Path, width: int, height: int) -> None:  # noqa: ARG002  the models are in the wheel
        """``width`` and ``height`` of the upright picture, in pixels; ``models`` is the folder of the model store."""
        self.texts: tuple[ScreenText, ...] | None = None
        self.missing: tuple[Missing, ...] = ()
        self._reads = installed()
        if not self._reads:
            self.missing = (Missing("text", "No reader of text on screen is installed."),)
            return
        longest = max(width, height, 1)
        if min(width, height) * min(1.0, PROBE_SIDE / longest) < CELL:
            self._reads = False
            reason = f"The pictures are too small for text to be looked for in them ({width} x {height} pixels)."
            self.missing = (Missing("text", reason),)
            return
        self._probe_width, self._read_width = (
            max(1, round(width * min(1.0, side / longest))) for side in (PROBE_SIDE, READ_SIDE)
        )
        self._reader: Reader | None = None
        self._gate = Gate()
        self._probes: deque[tuple[float, Grey]] = deque(maxlen=_KEPT_PROBES)
        self._cuts: list[float] = []
        self._standing: list[Standing] = []
        self._gone: list[Standing] = []
        self._wanted: Rectangle | None = None
        self._next = -np.inf
        self._budget, self._paid = 1.0, 0.0

    def wants(self, t: float, index: int, small: Plane, cut: bool) -> int | None:  # noqa: ARG002, FBT001  the protocol
        """The width of the picture wanted, or None."""
        if not self._reads:
            return None
        if cut:
            self._gate.forget()
            self._next = t
        if self._wanted is not None:
            return self._read_width
        if t < self._next - _SLACK:
            return None
        return self._probe_width

    def look(self, t: float, index: int, picture: npt.NDArray[np.uint8]) -> None:  # noqa: ARG002  the protocol
        """Probe a picture, or read it."""
        if self._wanted is not None:
            region, self._wanted = self._wanted, None
            self._read(t, picture, region)
            return
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
        self._budget = min(_SAVED, self._budget + _PER_SECOND * max(0.0, t - self._paid))
        self._paid, self._next = t, t + _PROBE
        self._follow(t, grey)
        self._probes.append((t, grey))
        new = self._gate.probe(t, Edges.of(grey))
        for standing in self._standing:
            if standing.sure:
                cover(new, standing.box)
        self._wanted = self._affordable(new, grey.shape)

    def cut(self, t: float) -> None:
        """A shot begins at ``t``, seconds."""
        if self._reads:
            self._cuts.append(t)

    def finish(self, duration: float) -> None:
        """Put together what was read; ``duration`` of the film in seconds."""
        if not self._reads:
            return
        last = self._probes[-1][0] if self._probes else 0.0
        everything = [*self._gone, *self._standing]
        for standing in everything:
            standing.start = self._between(*standing.came)
            if standing.went is not None:
                standing.end = self._between(standing.seen, standing.went)
            else:
                there = standing.seen >= last - _SLACK and duration - last <= 2 * _PROBE
                standing.end = duration if there else min(standing.seen + _PROBE / 2, duration)
        texts = merge(everything)
        texts.sort(key=lambda standing: (standing.start, standing.box[1], standing.box[0]))
        if len(texts) > MOST_TEXTS:
            self.missing = (Missing("text", f"Only the first {MOST_TEXTS} texts are kept.", degraded=True),)
        self.texts = tuple(_said(standing) for standing in texts[:MOST_TEXTS])
        self._standing, self._gone, self._reader = [], [], None
        self._probes.clear()

    def _affordable(self, new: npt.NDArray[np.bool_], shape: tuple[int, ...]) -> Rectangle | None:
        """The rows worth reading, in pixels of the probe, if there are any and they can be paid for."""
        if not new.any():
            return None
        rows = np.flatnonzero(new.any(1))
        top, bottom = max(0, int(rows[0]) * 8 - 24), min(shape[0], int(rows[-1]) * 8 + 32)
        least = min(shape[0], shape[1] // 5)
        if bottom - top < least:
            top = max(0, min(top - (least - bottom + top) // 2, shape[0] - least))
            bottom = top + least
        if bottom - top > 0.6 * shape[0]:
            top, bottom = 0, shape[0]
        price = max(_LEAST_PRICE, (bottom - top) / shape[0])
        if price > self._budget:
            return None
        self._budget -= price
        return 0, top, shape[1], bottom

    def _read(self, t: float, picture: npt.NDArray[np.uint8], region: Rectangle) -> None:
        """Read the rows of a picture and take note of what stands there."""
        reader = self._reader = self._reader or Reader()
        tall, wide = self._probes[-1][1].shape
        # What stands in this picture may not have stood in the one that was probed: it is a probe of its own.
        coloured = cv2.resize(picture, (wide, tall), interpolation=cv2.INTER_AREA)
        self._probes.append((t, np.asarray(cv2.cvtColor(coloured, cv2.COLOR_BGR2GRAY), np.uint8)))
        scale = picture.shape[0] / tall
        quads, top, bottom = found_lines(reader, picture, round(region[1] * scale), round(region[3] * scale))
        region = region[0], int(top / scale), region[2], int(np.ceil(bottom / scale))
        rows = np.ascontiguousarray(picture[top:bottom])
        found: list[Rectangle] = []
        fresh = []
        for quad in quads:
            place = _placed(quad, top, picture.shape)
            if any(standing.sure and overlap(standing.box, place) > 0.8 for standing in self._standing):
                found.append(_scaled(quad, top, scale))
            else:
                fresh.append(quad)
        lines = reader.read(rows, fresh)
        for line in lines:
            text = plain(line.text)
            if not believable(text, line.score):
                continue
            placed = Line(line.left, line.top + top, line.right, line.bottom + top, text, line.score)
            box = tuple(round(edge / scale) for edge in (placed.left, placed.top, placed.right, placed.bottom))
            found.append(box)
            letters = letter_height(rows, line) / picture.shape[0]
            self._note(t, placed, box, letters, picture.shape)
        self._gate.explained(t, region, found)

    def _note(self, t: float, line: Line, box: Rectangle, letters: float, shape: tuple[int, ...]) -> None:
        """A line was read: it is one that stands already, or a new one, whose beginning is looked for."""
        (height, width), (_, grey) = shape[:2], self._probes[-1]
        place = line.left / width, line.top / height, line.right / width, line.bottom / height
        for standing in self._standing:
            if overlap(standing.box, place) > 0.4 and alike(standing.text, line.text):
                standing.readings, standing.settled = standing.readings + 1, True
                if line.score > standing.score or len(line.text) > len(standing.text) + 1:
                    standing.text, standing.score, standing.box, standing.height = line.text, line.score, place, letters
                    standing.print = Print(grey, box)
                return
        if len(self._standing) >= _MOST_STANDING:
            return
        mark = Print(grey, box)
        came, settled = self._beginning(mark), mark.shown(self._probes[-2][1]) >= _SETTLED
        self._standing.append(Standing(line.text, line.score, place, letters, came, t, print=mark, settled=settled))

    def _beginning(self, mark: Print) -> tuple[float, float]:
        """The last probe without a text that stands now, and the first with it."""
        first = self._probes[-1][0]
        for t, grey in reversed(self._probes):
            if mark.shown(grey) < _SHOWN:
                return t, first
            first = t
        return (0.0, 0.0) if first <= 2 * _PROBE else (first, first)

    def _between(self, without: float, within: float) -> float:
        """The time of a change between two probes: that of the cut, if one lies between them, or half way."""
        cut = next((cut for cut in self._cuts if without < cut <= within + _SLACK), None)
        return (without + within) / 2 if cut is None else cut

    def _follow(self, t: float, grey: Grey) -> None:
        """Which of the texts that stand are still there."""
        kept = []
        for standing in self._standing:
            shown = standing.print.shown(grey) if standing.print is not None else 0.0
            standing.shown = shown
            if shown >= _SHOWN:
                standing.seen, standing.went, standing.probes = t, None, standing.probes + 1
                kept.append(standing)
                continue
            standing.went = t if standing.went is None else standing.went
            if t - standing.seen > 2 * _PROBE + _SLACK:
                standing.print = None
                if len(self._gone) < 5 * MOST_TEXTS:
                    self._gone.append(standing)
            else:
                kept.append(standing)
        self._standing = kept


def found_lines(reader: Reader, picture: npt.NDArray[np.uint8], top: int, bottom: int) -> tuple[list[Quad], int, int]:
    """The lines among some rows of a picture, and those rows: more where lines go on beyond them."""
    quads, tall, high = reader.find(np.ascontiguousarray(picture[top:bottom])), picture.shape[0], bottom - top
    heights = [quad[:, 1] for quad in quads]
    above = [float(each.max()) for each in heights if top > 0 and each.min() <= _BORDER]
    below = [high - float(each.min()) for each in heights if bottom < tall and each.max() >= high - _BORDER]
    if not above and not below:
        return quads, top, bottom
    top, bottom = max(0, top - beyond(above)), min(tall, bottom + beyond(below))
    return reader.find(np.ascontiguousarray(picture[top:bottom])), top, bottom


def beyond(seen: list[float]) -> int:
    """How many rows more show the whole of lines of which so many are seen: a third of them at least."""
    return round(2 * max(seen)) + 16 if seen else 0


def letter_height(picture: npt.NDArray[np.uint8], line: Line) -> float:
    """The height of a line's capitals in pixels of the picture it was read in.

    Taken from the rows in which strokes stand: how far the reader's box reaches beyond them depends on their size.
    """
    left, top, right, bottom = (max(0, round(edge)) for edge in (line.left, line.top, line.right, line.bottom))
    part = picture[top:bottom, left:right]
    if min(part.shape[:2]) < 4:
        return float(bottom - top)
    strokes = np.abs(np.diff(cv2.cvtColor(part, cv2.COLOR_BGR2GRAY).astype(np.float32), axis=1)).mean(1)
    strokes = np.convolve(strokes, (0.25, 0.5, 0.25), "same")
    strokes -= min(float(strokes[:2].mean()), float(strokes[-2:].mean()))  # what lies behind has some as well
    inked = np.flatnonzero(strokes > _INKED * np.percentile(strokes, 90))
    return float(inked[-1] - inked[0] + 1) if len(inked) else float(bottom - top)


def _placed(quad: Quad, top: int, shape: tuple[int, ...]) -> tuple[float, float, float, float]:
    """The box of a line in shares of the picture, of whose rows those from ``top`` were looked at."""
    (x0, y0), (x1, y1) = quad.min(0), quad.max(0)
    return float(x0) / shape[1], float(y0 + top) / shape[0], float(x1) / shape[1], float(y1 + top) / shape[0]


def _scaled(quad: Quad, top: int, scale: float) -> Rectangle:
    """The same in pixels of the probe."""
    (x0, y0), (x1, y1) = quad.min(0), quad.max(0)
    return round(x0 / scale), round((y0 + top) / scale), round(x1 / scale), round((y1 + top) / scale)


def cover(cells: npt.NDArray[np.bool_], box: tuple[float, float, float, float]) -> None:
    """Take the cells of a box, in shares of the picture, and those beside it, from ``cells``."""
    rows, columns = cells.shape
    top, bottom = int(box[1] * rows), int(np.ceil(box[3] * rows))
    left, right = int(box[0] * columns), int(np.ceil(box[2] * columns))
    cells[max(0, top - 1) : bottom + 1, max(0, left - 2) : right + 2] = False


def plain(text: str) -> str:
    """Text as one line of visible characters, at most 500 of them: no control, format, private or lone surrogate."""
    normal = unicodedata.normalize("NFKC", text[: 4 * MOST_LETTERS])
    kept = (" " if unicodedata.category(letter)[0] in "ZC" else letter for letter in normal if _harmless(letter))
    return " ".join("".join(kept).split())[:MOST_LETTERS].strip()


def _harmless(letter: str) -> bool:
    return unicodedata.category(letter) not in {"Cf", "Cs", "Co", "Cn"}


def believable(text: str, score: float) -> bool:
    """Whether a reading is one: strokes of a texture are read as single signs, and with little confidence."""
    letters = sum(letter.isalnum() for letter in text)
    if letters == 0 or (letters == 1 and not any(letter.isdigit() for letter in text)):
        return False  # a bar, a corner and a ring are read as letters of some script, and with confidence
    needed = 0.92 if letters < 3 else 0.8 if letters < 5 else 0.65
    return score >= needed


def alike(one: str, other: str, *, growing: bool = True) -> bool:
    """Whether two readings are of one text: the same but for a slip, or (``growing``) one is the other's beginning."""
    short, long = sorted((text.casefold().replace(" ", "")[:200] for text in (one, other)), key=len)
    if growing and len(short) >= 3 and long.startswith(short):
        return True
    if 2 * len(short) < _ALIKE * (len(short) + len(long)):  # the ratio below cannot reach it
        return False
    matcher = SequenceMatcher(None, short, long, autojunk=False)
    return matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """Intersection over the smaller of two boxes (left, top, right, bottom)."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (one, other)]
    return 0.0 if wide <= 0 or high <= 0 or min(areas) <= 0 else wide * high / min(areas)


def merge(standings: list[Standing]) -> list[Standing]:
    """One for the same string shown again within a moment, wherever it stands then."""
    merged: list[Standing] = []
    for standing in sorted(standings, key=lambda standing: standing.start):
        before = next((old for old in reversed(merged[-200:]) if _goes_on(old, standing)), None)
        if before is None:
            merged.append(standing)
            continue
        if standing.score * len(standing.text) > before.score * len(before.text):
            before.text, before.score, before.box = standing.text, standing.score, standing.box
            before.height = standing.height
        before.end = max(before.end, standing.end)
        before.probes += standing.probes
    return [standing for standing in merged if standing.probes >= 1 or standing.score >= 0.9]


def _goes_on(old: Standing, new: Standing) -> bool:
    away = new.start - old.end
    if overlap(old.box, new.box) > 0.3:
        return away <= _GAP and alike(old.text, new.text)
    return abs(away) <= _GAP_ELSEWHERE and alike(old.text, new.text, growing=False)


def _said(standing: Standing) -> ScreenText:
    left, top, right, bottom = (min(max(edge, 0.0), 1.0) for edge in standing.box)
    start = round(standing.start, 3)
    end = round(max(standing.end, standing.start + 0.001), 3)
    box = Box(round(left, 4), round(top, 4), round(right - left, 4), round(bottom - top, 4))
    return ScreenText(start, end, standing.text, box, round(standing.height, 4), round(standing.score, 3))
