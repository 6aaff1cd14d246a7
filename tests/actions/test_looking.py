"""Looking at links: what is said of them, asked for once however many ask, and for how long it is remembered."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import pytest

from cutroom.actions.looking import LookerConfig, SourceLooker, _embedded
from cutroom.actions.services import Services
from cutroom.container import open_services
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.settings import Settings
from tests.support import films
from tests.support.command import wait_until
from tests.support.range_server import Route, Site

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]


@pytest.fixture(scope="module")
def services() -> Iterator[Services]:
    with open_services(Settings(), private_networks=True, local_files=False) as opened:
        yield opened


@pytest.fixture(scope="module")
def film() -> Path:
    return films.film("h264_closed").path


@pytest.fixture
def site(film: Path) -> Iterator[Site]:
    with Site({"/a film.mp4": Route(film, content_type="video/mp4")}) as public:
        yield public


def test_a_direct_link(services: Services, site: Site) -> None:
    url = site.url("/a%20film.mp4")
    site.routes["/a%20film.mp4"] = site.routes["/a film.mp4"]
    look = SourceLooker(services).look(f" {url} ")
    assert (look.url, look.preview_url, look.preview_embed_url, look.thumbnail) == (url, url, None, None)
    assert (look.duration, look.max_height, look.has_picture, look.has_sound) == (Fraction(20), 180, True, True)


def test_it_is_asked_for_once_until_it_is_old(services: Services, site: Site) -> None:
    now = 0.0
    looker = SourceLooker(services, LookerConfig(keep=600), now=lambda: now)
    site.routes["/f.mp4"] = site.routes["/a film.mp4"]
    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(looker.look, [site.url("/f.mp4")] * 6))) == 1
    asked = len(site.hits)
    now = 599
    looker.look(site.url("/f.mp4"))
    assert len(site.hits) == asked
    now = 601
    looker.look(site.url("/f.mp4"))
    assert len(site.hits) > asked


def test_a_failure_is_told_to_all_who_wait_and_is_not_remembered(services: Services, site: Site, film: Path) -> None:
    looker = SourceLooker(services)
    site.routes["/later.mp4"] = Route(status=404, delay=0.5)
    with ThreadPoolExecutor(3) as threads:
        looks = [threads.submit(looker.look, site.url("/later.mp4")) for _ in range(3)]
        errors = [look.exception() for look in looks]
    assert {error.code for error in errors if isinstance(error, CutroomError)} == {ErrorCode.SOURCE_NOT_FOUND}
    site.routes["/later.mp4"] = Route(film, content_type="video/mp4")
    assert looker.look(site.url("/later.mp4")).duration == 20


def test_a_source_that_never_answers_is_given_up(services: Services, site: Site) -> None:
    site.routes["/silent.mp4"] = Route(delay=30)
    with pytest.raises(CutroomError) as caught:
        SourceLooker(services, LookerConfig(seconds=1)).look(site.url("/silent.mp4"))
    assert caught.value.code is ErrorCode.SOURCE_UNREACHABLE


def test_strangers_do_not_hold_up_those_with_a_key(services: Services, site: Site) -> None:
    looker = SourceLooker(services, LookerConfig(at_once=2, waiting=2, seconds=20))
    site.routes["/f.mp4"] = site.routes["/a film.mp4"]
    for number in range(3):
        site.routes[f"/silent-{number}.mp4"] = Route(delay=30)

    def wait(number: int) -> None:
        with contextlib.suppress(CutroomError):
            looker.look(site.url(f"/silent-{number}.mp4"), anonymous=True)

    waiting = [threading.Thread(target=wait, args=(number,)) for number in range(2)]
    for thread in waiting:
        thread.start()
    wait_until(lambda: looker._strangers == 2 and site.hits, what="the looks of strangers")
    with pytest.raises(CutroomError) as caught:
        looker.look(site.url("/silent-2.mp4"), anonymous=True)
    assert caught.value.code is ErrorCode.RATE_LIMITED
    assert looker.look(site.url("/f.mp4")).duration == 20
    looker.close()
    for thread in waiting:
        thread.join(20)


def test_too_many_at_once_are_told_to_come_back(services: Services, site: Site) -> None:
    looker = SourceLooker(services, LookerConfig(at_once=1, waiting=1, seconds=20))
    site.routes["/silent.mp4"] = Route(delay=30)
    site.routes["/f.mp4"] = site.routes["/a film.mp4"]
    failures: list[Exception] = []

    def wait() -> None:
        try:
            looker.look(site.url("/silent.mp4"))
        except CutroomError as error:
            failures.append(error)

    waiting = [threading.Thread(target=wait) for _ in range(2)]
    for thread in waiting:
        thread.start()
    wait_until(lambda: looker._inside == 2 and site.hits, what="both looks")
    with pytest.raises(CutroomError) as caught:
        looker.look(site.url("/f.mp4"))
    assert caught.value.code is ErrorCode.RATE_LIMITED
    assert caught.value.fields["retry_after"] > 0
    looker.close()
    for thread in waiting:
        thread.join(10)
    assert len(failures) == 2
    with pytest.raises(CutroomError):
        looker.look(site.url("/f.mp4"))


@pytest.mark.parametrize("text", ["film.mp4", "/etc/passwd", "file:///etc/passwd", "ftp://a.example/b", "http://"])
def test_only_links_are_looked_at(services: Services, text: str) -> None:
    with pytest.raises(CutroomError) as caught:
        SourceLooker(services).look(text)
    assert caught.value.code is ErrorCode.SOURCE_UNSUPPORTED


@pytest.mark.parametrize(
    ("url", "player"),
    [
        ("https://www.youtube.com/watch?v=aqz-KE-bpKQ&t=3", "https://www.youtube.com/embed/aqz-KE-bpKQ"),
        ("https://youtu.be/aqz-KE-bpKQ?si=x", "https://www.youtube.com/embed/aqz-KE-bpKQ"),
        ("https://m.youtube.com/shorts/aqz-KE-bpKQ", "https://www.youtube.com/embed/aqz-KE-bpKQ"),
        ("https://vimeo.com/76979871", "https://player.vimeo.com/video/76979871"),
        ("https://www.youtube.com/@somebody", None),
        ("https://youtube.com.evil.example/watch?v=aqz-KE-bpKQ", None),
        ("https://www.youtube.com/watch?v=%22%3E%3Cscript", None),
    ],
)
def test_players_of_well_known_sites(url: str, player: str | None) -> None:
    assert _embedded(url) == player
