"""The process yt-dlp runs in: it can be stopped, dies with us, and takes nothing of the user's surroundings."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, CutroomError, ErrorCode
from cutroom.model.source import RemoteFormat
from cutroom.outbound.egress import Egress
from cutroom.sources.ports import SourceLimits
from cutroom.sources.ytdlp import YtDlp, read_page
from cutroom.sources.ytdlp_child import options
from tests.support.range_server import Route, Site

pytestmark = [pytest.mark.enable_socket, pytest.mark.slow]

PAGE = Route(b"<!doctype html><html><title>T</title><body><video src='film.mp4'></video></body></html>", "text/html")


def ytdlp(egress: Egress, workdir: Path, **limits: float) -> YtDlp:
    return YtDlp(lambda: egress.proxy_url, workdir, SourceLimits(**limits))  # type: ignore[arg-type]


def children_of(process_id: int) -> set[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process_id)], capture_output=True, text=True, check=False
    )
    return {int(word) for word in listed.stdout.split()}


def running_ytdlp(workdir: Path) -> list[int]:
    """Processes whose working folder is ours: they alone are started there."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").readlink() == workdir and int(entry.name) != os.getpid():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def wait_for(condition: Any, seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return False


def test_what_a_page_offers(egress: Egress, site: Site, tmp_path: Path) -> None:
    site.routes["/watch"] = PAGE
    page = ytdlp(egress, tmp_path).look(site.url("/watch"), CancelToken())
    assert page.offers[0].url == site.url("/film.mp4")
    assert not page.live
    assert running_ytdlp(tmp_path) == []


def test_cancelling_kills_it_at_once(egress: Egress, site: Site, tmp_path: Path) -> None:
    site.routes["/watch"] = Route(PAGE.body, delay=30)
    cancel = CancelToken()
    threading.Timer(1.0, cancel.cancel).start()
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        ytdlp(egress, tmp_path).look(site.url("/watch"), cancel)
    assert time.monotonic() - begun < 4
    assert running_ytdlp(tmp_path) == []


def test_a_site_that_takes_too_long_is_given_up(egress: Egress, site: Site, tmp_path: Path) -> None:
    site.routes["/watch"] = Route(PAGE.body, delay=30)
    with pytest.raises(CutroomError) as caught:
        ytdlp(egress, tmp_path, extract_seconds=1.5).look(site.url("/watch"), CancelToken())
    assert caught.value.code is ErrorCode.SOURCE_UNREACHABLE
    assert running_ytdlp(tmp_path) == []


def test_a_download_that_stalls_is_given_up(egress: Egress, site: Site, tmp_path: Path) -> None:
    site.routes |= {"/watch": PAGE, "/film.mp4": Route(bytes(5_000_000), "video/mp4", pause=30)}
    offer = RemoteFormat(id="0")
    with pytest.raises(CutroomError) as caught:
        ytdlp(egress, tmp_path, stall_seconds=3).download(site.url("/watch"), offer, "x", lambda _: None, CancelToken())
    assert caught.value.code is ErrorCode.SOURCE_UNREACHABLE
    assert running_ytdlp(tmp_path) == []


def test_a_download_beyond_the_limit_is_given_up(egress: Egress, site: Site, tmp_path: Path) -> None:
    site.routes |= {"/watch": PAGE, "/film.mp4": Route(bytes(9_000_000), "video/mp4", length=False, ranges=False)}
    with pytest.raises(CutroomError) as caught:
        ytdlp(egress, tmp_path, max_bytes=1_000_000).download(
            site.url("/watch"), RemoteFormat(id="0"), "x", lambda _: None, CancelToken()
        )
    assert caught.value.code is ErrorCode.LIMIT_EXCEEDED


def test_it_dies_with_us_even_when_we_are_killed(egress: Egress, site: Site, tmp_path: Path) -> None:
    site.routes["/watch"] = Route(PAGE.body, delay=60)
    code = f"""
        from pathlib import Path
        from cutroom.kernel.cancel import CancelToken
        from cutroom.sources.ports import SourceLimits
        from cutroom.sources.ytdlp import YtDlp
        YtDlp(lambda: {egress.proxy_url!r}, Path({str(tmp_path)!r}), SourceLimits()).look(
            {site.url("/watch")!r}, CancelToken())
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(code)], stderr=subprocess.DEVNULL) as owner:
        assert wait_for(lambda: site.hits, 15)
        assert running_ytdlp(tmp_path)
        owner.kill()
    assert wait_for(lambda: running_ytdlp(tmp_path) == [])


def test_nothing_of_the_users_surroundings_is_used(
    egress: Egress, site: Site, private: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, workdir = tmp_path / "home", tmp_path / "work"
    (home / ".config" / "yt-dlp").mkdir(parents=True)
    (home / ".config" / "yt-dlp" / "config").write_text(f"--proxy {private.url('')}\n--exec 'touch {home}/executed'\n")
    plugin = home / ".config" / "yt-dlp" / "plugins" / "bad" / "yt_dlp_plugins" / "extractor"
    plugin.mkdir(parents=True)
    (plugin / "bad.py").write_text(f"open({str(home / 'plugged')!r}, 'w').close()")
    (home / ".netrc").write_text("machine 127.0.0.2 login secret password secret")
    workdir.mkdir()
    (workdir / "json.py").write_text(f"open({str(home / 'shadowed')!r}, 'w').close()")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, private.url(""))
    monkeypatch.setenv("no_proxy", "*")
    site.routes["/watch"] = PAGE
    before = sorted(home.rglob("*"))
    assert ytdlp(egress, workdir).look(site.url("/watch"), CancelToken()).offers
    assert sorted(home.rglob("*")) == before
    assert private.connections == 0
    assert not any("authorization" in hit.headers for hit in site.hits)


def test_one_that_cannot_start_says_so(egress: Egress, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(CutroomError) as caught:
        ytdlp(egress, tmp_path).look("http://127.0.0.2/", CancelToken())
    assert caught.value.code is ErrorCode.TOOL_MISSING


def test_cookies_are_given_by_setting_only(tmp_path: Path) -> None:
    task = {"proxy": "http://p", "workdir": str(tmp_path)}
    assert "cookiefile" not in options(task, None)
    assert options({**task, "cookies": "/c"}, None)["cookiefile"] == "/c"


def test_the_options_are_all_known_to_the_installed_ytdlp(tmp_path: Path) -> None:
    """A renamed option would be ignored without a word, and with it what it protects."""
    code = """
        import yt_dlp, yt_dlp.downloader.common, yt_dlp.downloader.fragment
        for kind in (yt_dlp.YoutubeDL, yt_dlp.downloader.common.FileDownloader, yt_dlp.downloader.fragment.FragmentFD):
            print(kind.__doc__)
    """
    known = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=True
    ).stdout
    chosen = options({"proxy": "p", "workdir": str(tmp_path), "cookies": "c"}, None)
    unknown = [name for name in chosen if name not in known]
    assert unknown == []


@pytest.mark.parametrize(
    ("offer", "kind", "picture", "sound"),
    [
        ({"protocol": "https", "vcodec": "avc1", "acodec": "none"}, "https", "avc1", None),
        ({"protocol": "https", "vcodec": "none", "acodec": "mp4a.40.2"}, "https", None, "mp4a.40.2"),
        ({"protocol": "m3u8_native", "vcodec": "avc1", "acodec": "mp4a"}, "hls", "avc1", "mp4a"),
        ({"protocol": "https", "fragments": True, "vcodec": "avc1", "acodec": "none"}, "other", "avc1", None),
        ({"protocol": "http_dash_segments", "vcodec": "avc1"}, "other", "avc1", "unknown"),
        ({"protocol": "https"}, "https", "unknown", "unknown"),
        ({"protocol": "mhtml", "vcodec": "none", "acodec": "none"}, "other", None, None),
    ],
)
def test_offers_in_our_words(offer: dict[str, Any], kind: str, picture: str | None, sound: str | None) -> None:
    page = read_page({"title": "x", "offers": [{"format_id": "1", "url": "u", **offer}]})
    ours = page.offers[0]
    assert (ours.protocol, ours.video_codec, ours.audio_codec) == (kind, picture, sound)


def test_headers_of_the_site_are_kept_but_not_those_of_the_transfer() -> None:
    headers = {"Referer": "r", "Cookie": "c", "Range": "bytes=0-", "Accept-Encoding": "gzip", "Host": "h"}
    offer = read_page({"offers": [{"url": "u", "http_headers": headers}]}).offers[0]
    assert dict(offer.headers) == {"Referer": "r", "Cookie": "c"}


@pytest.mark.parametrize(
    ("said", "live"),
    [
        ({"is_live": True}, True),
        ({"live_status": "is_upcoming"}, True),
        ({"live_status": "was_live"}, False),
        ({}, False),
    ],
)
def test_live_is_live(said: dict[str, Any], live: bool) -> None:
    assert read_page({**said, "offers": []}).live is live
