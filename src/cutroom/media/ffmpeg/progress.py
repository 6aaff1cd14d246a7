"""Reading ffmpeg's ``-progress`` stream. Pure: bytes in, reports out."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

# A line of a sane ffmpeg is under 100 bytes; what is longer is thrown away instead of kept.
_LONGEST = 4096
_NOT_YET = 0.99


@dataclass(frozen=True, slots=True)
class Report:
    """One block of ``-progress``. ``out_time`` is seconds of the output; None where ffmpeg says N/A."""

    out_time: Fraction | None = None
    frame: int | None = None
    total_size: int | None = None
    speed: float | None = None
    end: bool = False


class ProgressParser:
    """Feed it what arrives, in pieces of any size; it gives back the blocks that became complete."""

    def __init__(self) -> None:
        self._rest = b""
        self._values: dict[str, str] = {}

    def feed(self, data: bytes) -> list[Report]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _LONGEST:
            self._rest = b""
        reports = []
        for line in lines:
            key, equals, value = line.decode("ascii", "replace").strip().partition("=")
            if not equals:
                continue
            if key == "progress":
                reports.append(_report(self._values, end=value == "end"))
                self._values = {}
            else:
                self._values[key] = value.strip()
        return reports


def _report(values: dict[str, str], *, end: bool) -> Report:
    micros = _whole(values.get("out_time_us"))
    speed = values.get("speed", "").removesuffix("x")
    return Report(
        # Before the first picture is out ffmpeg says N/A, or a negative time because of reordered frames.
        out_time=None if micros is None else Fraction(max(0, micros), 1_000_000),
        frame=_whole(values.get("frame")),
        total_size=_whole(values.get("total_size")),
        speed=float(speed) if speed.replace(".", "", 1).isdecimal() and speed.isascii() else None,
        end=end,
    )


def _whole(text: str | None) -> int | None:
    digits = (text or "").removeprefix("-")
    return int(text or "") if digits.isascii() and digits.isdecimal() and len(digits) < 20 else None


def share(report: Report, duration: Fraction | None) -> float | None:
    """How far a run of ``duration`` seconds is, 0..0.99; None while unknown.

    Never 1: after its last report ffmpeg still moves the index to the front, so only the exit says done.
    """
    if duration is None or duration <= 0 or report.out_time is None:
        return None
    return min(_NOT_YET, float(report.out_time / duration))
