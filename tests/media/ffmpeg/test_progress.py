from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from cutroom.media.ffmpeg.progress import ProgressParser, Report, share

FIRST = (
    b"frame=0\nfps=0.00\nstream_0_0_q=0.0\nbitrate=N/A\ntotal_size=48\nout_time_us=N/A\nspeed=N/A\nprogress=continue\n"
)
LATER = b"frame=31\nbitrate=   0.3kbits/s\ntotal_size=900\nout_time_us=1033333\nspeed=2.06x\nprogress=continue\n"
LAST = b"frame=60\ntotal_size=N/A\nout_time_us=2000000\nspeed=   4x\nprogress=end\n"


def test_blocks_become_reports() -> None:
    reports = ProgressParser().feed(FIRST + LATER + LAST)
    assert reports[0] == Report(None, 0, 48, None)
    assert reports[1] == Report(Fraction(1033333, 1_000_000), 31, 900, 2.06)
    assert reports[2] == Report(Fraction(2), 60, None, 4.0, end=True)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_it_does_not_matter_how_the_bytes_arrive(sizes: list[int]) -> None:
    data, parser, reports = FIRST + LATER + LAST, ProgressParser(), []
    for size in sizes:
        reports += parser.feed(data[:size])
        data = data[size:]
    reports += parser.feed(data)
    assert reports == ProgressParser().feed(FIRST + LATER + LAST)


@given(st.binary(max_size=400))
def test_garbage_never_raises(data: bytes) -> None:
    parser = ProgressParser()
    parser.feed(data)
    parser.feed(b"\nprogress=continue\n")


def test_an_endless_line_is_not_kept() -> None:
    parser = ProgressParser()
    for _ in range(100):
        parser.feed(b"x" * 1000)
    assert len(parser._rest) <= 5000


@given(st.one_of(st.none(), st.integers(-(10**9), 10**12)), st.one_of(st.none(), st.fractions(-5, 10**5)))
def test_the_share_is_unknown_or_between_0_and_99_percent(micros: int | None, duration: Fraction | None) -> None:
    text = "N/A" if micros is None else str(micros)
    (report,) = ProgressParser().feed(f"out_time_us={text}\nprogress=end\n".encode())
    value = share(report, duration)
    assert value is None or 0 <= value <= 0.99
    assert (value is None) == (micros is None or duration is None or duration <= 0)
