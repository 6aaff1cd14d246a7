"""Ranged downloads against a real server in all its moods: right bytes, few of them, and honest failures."""

from __future__ import annotations

import random
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.outbound.http import HttpClient
from cutroom.sources.direct import PIECE, RangedDownload
from cutroom.sources.ports import SourceLimits
from cutroom.sources.ranges import FIRST_BYTES, look
from tests.support.range_server import Hit, Route, Site

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]

DATA = random.Random(7).randbytes(24 * 1024 * 1024)
Open = Callable[..., RangedDownload]


@pytest.fixture
def open_it(client: HttpClient, site: Site, tmp_path: Path) -> Iterator[Open]:
    opened: list[RangedDownload] = []

    def opener(path: str = "/a", **limits: int) -> RangedDownload:
        facts = look(client, site.url(path), {}, CancelToken())
        opened.append(RangedDownload(client, facts, tmp_path / f"file-{len(opened)}", SourceLimits(**limits)))
        return opened[-1]

    yield opener
    for ranged in opened:
        ranged.close()


def bytes_at(ranged: RangedDownload, offset: int, length: int) -> bytes:
    ranged.ensure(offset, length, CancelToken())
    with ranged.path.open("rb") as file:
        file.seek(offset)
        return file.read(length)


def test_the_file_is_sparse_private_and_of_full_size(open_it: Open, site: Site) -> None:
    site.routes["/a"] = Route(DATA)
    ranged = open_it()
    found = ranged.path.stat()
    assert (found.st_size, ranged.size) == (len(DATA), len(DATA))
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert found.st_blocks * 512 < 1024 * 1024


def test_any_order_of_reads_gives_the_right_bytes(open_it: Open, site: Site) -> None:
    site.routes["/a"] = Route(DATA)
    ranged, chance = open_it(), random.Random(1)
    for _ in range(60):
        offset, length = chance.randrange(len(DATA)), chance.randrange(200_000)
        if chance.random() < 0.2:
            ranged.expect(offset, chance.randrange(3_000_000))
        assert bytes_at(ranged, offset, length) == DATA[offset : offset + length]
    assert ranged.stats.requests == len(site.hits)
    assert ranged.stats.bytes == site.bytes_sent


def test_what_is_there_is_not_fetched_again(open_it: Open, site: Site) -> None:
    site.routes["/a"] = Route(DATA)
    ranged = open_it()
    assert bytes_at(ranged, 0, FIRST_BYTES) == DATA[:FIRST_BYTES]
    assert len(site.hits) == 1
    bytes_at(ranged, 1_000_000, 1000)
    bytes_at(ranged, 1_000_500, 100)
    assert len(site.hits) == 2


def test_jumping_about_fetches_little_ahead(open_it: Open, site: Site) -> None:
    site.routes["/a"] = Route(DATA)
    ranged = open_it()
    for place in range(1, 11):
        bytes_at(ranged, place * 2_000_000, 1000)
    assert site.bytes_sent <= 11 * 64 * 1024


def test_reading_on_fetches_more_each_time_up_to_a_megabyte(open_it: Open, site: Site) -> None:
    site.routes["/a"] = Route(DATA)
    ranged = open_it()
    for at in range(8_000_000, 16_000_000, 32_768):
        bytes_at(ranged, at, 32_768)
    assert len(site.hits) <= 14
    assert site.bytes_sent <= 64 * 1024 + 8_000_000 + 1024 * 1024 + 32_768


def test_two_streams_read_in_turn_each_keep_their_pace(open_it: Open, site: Site) -> None:
    site.routes["/a"] = Route(DATA)
    ranged = open_it()
    for step in range(64):
        bytes_at(ranged, 2_000_000 + step * 32_768, 32_768)
        bytes_at(ranged, 12_000_000 + step * 32_768, 32_768)
    assert len(site.hits) <= 16


def test_an_announced_range_is_fetched_in_large_pieces_and_nothing_beyond_it(open_it: Open, site: Site) -> None:
    site.routes["/a"] = Route(DATA)
    ranged = open_it()
    start, length = 1_000_003, 20_000_001
    ranged.expect(start, length)
    at = start
    while at < start + length:
        count = min(50_000, start + length - at)
        assert bytes_at(ranged, at, count) == DATA[at : at + count]
        at += count
    assert site.bytes_sent == FIRST_BYTES + length
    assert len(site.hits) <= 1 + 2 * -(-length // (2 * PIECE))


def test_reads_are_cut_at_the_end_and_nonsense_is_harmless(open_it: Open, site: Site) -> None:
    site.routes["/a"] = Route(DATA[:100_000])
    ranged = open_it()
    assert bytes_at(ranged, 99_000, 5000) == DATA[99_000:100_000]
    ranged.ensure(100_000, 10, CancelToken())
    ranged.ensure(5, 0, CancelToken())
    ranged.expect(-5, 10)
    ranged.expect(1_000_000, 10)


def test_a_broken_connection_goes_on_where_it_broke(open_it: Open, site: Site) -> None:
    site.routes["/a"] = lambda hit: Route(DATA, cut_after=700_000 if hit.number in {1, 2} else None)
    ranged = open_it()
    ranged.expect(5_000_000, 2_000_000)
    assert bytes_at(ranged, 5_000_000, 2_000_000) == DATA[5_000_000:7_000_000]
    # What was cut off came once; a few bytes may have been lost on the way.
    assert site.bytes_sent <= FIRST_BYTES + 2_000_000 + 300_000


def test_a_server_that_keeps_breaking_is_given_up_after_three_tries(open_it: Open, site: Site) -> None:
    site.routes["/a"] = lambda hit: Route(DATA, cut_after=0 if hit.number else None)
    ranged = open_it()
    with pytest.raises(CutroomError) as caught:
        bytes_at(ranged, 5_000_000, 1000)
    assert caught.value.code is ErrorCode.SOURCE_UNREACHABLE
    assert len(site.hits) == 4


def test_a_passing_overload_is_waited_for(open_it: Open, site: Site) -> None:
    site.routes["/a"] = lambda hit: Route(DATA, status=503 if hit.number == 1 else 200)
    assert bytes_at(open_it(), 5_000_000, 1000) == DATA[5_000_000:5_001_000]


@pytest.mark.parametrize("shift", [1, -1, 4096])
def test_another_part_than_asked_for_is_never_used(open_it: Open, site: Site, shift: int) -> None:
    site.routes["/a"] = lambda hit: Route(DATA, shift=shift if hit.number else 0)
    ranged = open_it()
    with pytest.raises(CutroomError) as caught:
        bytes_at(ranged, 5_000_000, 1000)
    assert caught.value.code is ErrorCode.SOURCE_UNREACHABLE


@pytest.mark.parametrize(
    "second",
    [
        Route(DATA, modified="Tue, 03 Nov 2026 11:00:00 GMT"),
        Route(DATA[:-1]),
        Route(DATA + b"x"),
        Route(DATA, modified=None, headers={"ETag": '"new"'}),
    ],
    ids=["date", "shorter", "longer", "tag"],
)
def test_a_file_that_changed_meanwhile_is_noticed(open_it: Open, site: Site, second: Route) -> None:
    first = Route(DATA, modified=second.modified and Route().modified, headers={"ETag": '"old"'})
    site.routes["/a"] = lambda hit: second if hit.number else first
    ranged = open_it()
    with pytest.raises(CutroomError) as caught:
        bytes_at(ranged, 5_000_000, 1000)
    assert caught.value.code is ErrorCode.MEDIA_DAMAGED
    assert "changed" in caught.value.message


def test_servers_behind_one_name_may_disagree_about_the_tag(open_it: Open, site: Site) -> None:
    site.routes["/a"] = lambda hit: Route(DATA, headers={"ETag": f'"{hit.number}"'})
    assert bytes_at(open_it(), 5_000_000, 1000) == DATA[5_000_000:5_001_000]


def test_a_server_that_stops_giving_parts_is_read_whole_once(open_it: Open, site: Site) -> None:
    site.routes["/a"] = lambda hit: Route(DATA, ranges=hit.number == 0)
    ranged = open_it()
    assert bytes_at(ranged, 5_000_000, 1000) == DATA[5_000_000:5_001_000]
    assert bytes_at(ranged, 20_000_000, 1000) == DATA[20_000_000:20_001_000]
    assert len(site.hits) == 2


def test_an_expired_redirect_is_followed_anew(open_it: Open, site: Site) -> None:
    def signed(hit: Hit) -> Route:
        return Route(status=302, headers={"Location": f"/signed-{hit.number}"})

    site.routes |= {
        "/a": signed,
        "/signed-0": lambda hit: Route(DATA) if hit.number == 0 else Route(b"expired", status=403),
        "/signed-1": Route(DATA),
    }
    assert bytes_at(open_it(), 5_000_000, 1000) == DATA[5_000_000:5_001_000]


def test_a_refusal_is_not_tried_again(open_it: Open, site: Site) -> None:
    site.routes["/a"] = lambda hit: Route(DATA, status=403 if hit.number else 200)
    ranged = open_it()
    with pytest.raises(CutroomError) as caught:
        bytes_at(ranged, 5_000_000, 1000)
    assert caught.value.code is ErrorCode.SOURCE_PRIVATE
    assert len(site.hits) == 2


def test_more_than_the_limit_is_not_fetched(open_it: Open, site: Site) -> None:
    site.routes["/a"] = Route(DATA)
    ranged = open_it(max_bytes=3_000_000)

    def read_all() -> None:
        for at in range(0, 20_000_000, 1_000_000):
            bytes_at(ranged, at, 1_000_000)

    with pytest.raises(CutroomError) as caught:
        read_all()
    assert caught.value.code is ErrorCode.LIMIT_EXCEEDED


def test_a_full_disk_is_told_before_anything_is_fetched(open_it: Open, site: Site) -> None:
    site.routes["/a"] = Route(DATA)
    ranged = open_it(spare_disk_bytes=10**18)
    with pytest.raises(CutroomError) as caught:
        bytes_at(ranged, 5_000_000, 1000)
    assert caught.value.code is ErrorCode.DISK_FULL
    assert len(site.hits) == 1


def test_cancelling_ends_a_slow_piece(open_it: Open, site: Site) -> None:
    site.routes["/a"] = lambda hit: Route(DATA, pause=20 if hit.number else 0)
    ranged, cancel = open_it(), CancelToken()
    ranged.expect(0, len(DATA))
    threading.Timer(0.3, cancel.cancel).start()
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        ranged.ensure(1_000_000, 10_000_000, cancel)
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("route", "ranges", "size"),
    [
        (Route(DATA), True, len(DATA)),
        (Route(DATA, ranges=False), False, len(DATA)),
        (Route(DATA, ranges=False, length=False), False, None),
        (Route(b""), False, 0),
        (Route(b"tiny"), True, 4),
        (Route(DATA, shift=5), False, len(DATA)),
        (Route(DATA, headers={"Content-Encoding": "gzip-of-sorts"}), False, len(DATA)),
    ],
)
def test_the_first_look(client: HttpClient, site: Site, route: Route, ranges: bool, size: int | None) -> None:
    site.routes["/a"] = route
    facts = look(client, site.url("/a"), {"Referer": "x"}, CancelToken())
    assert (facts.ranges, facts.size) == (ranges, size)
    assert len(facts.head) <= FIRST_BYTES
    assert site.hits[0].headers["referer"] == "x"
