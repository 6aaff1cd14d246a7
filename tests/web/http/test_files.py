"""Files by signed links: ranges, names, and links that are no good."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from cutroom.actions import shelf
from tests.support.site import Backstage, Hands
from tests.web.conftest import Visitor

pytestmark = pytest.mark.slow

CONTENT = bytes(range(256)) * 4


@pytest.fixture
def links(visitor: Visitor, behind: Backstage) -> shelf.ClipLinks:
    clip = behind.clip(visitor.account, content=CONTENT, file_name="clip_0-30-1-30.mp4")
    return shelf.clip_links(behind.services, clip, "http://testserver")


def test_whole(site: TestClient, links: shelf.ClipLinks) -> None:
    answer = site.get(links.download_url)
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-disposition"] == 'attachment; filename="clip_0-30-1-30.mp4"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert site.get(links.stream_url).headers["content-disposition"].startswith("inline")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [("bytes=0-0", 0, 0), ("bytes=10-19", 10, 19), ("bytes=1000-", 1000, 1023), ("bytes=-4", 1020, 1023)],
)
def test_ranges(site: TestClient, links: shelf.ClipLinks, asked: str, first: int, last: int) -> None:
    answer = site.get(links.stream_url, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, CONTENT[first : last + 1])
    assert answer.headers["content-range"] == f"bytes {first}-{last}/1024"


@pytest.mark.parametrize("asked", ["items=0-5", "bytes=5-2", "bytes=a-b", "bytes=0-5;", "bytes=", "bytes=-", "5-6"])
def test_what_is_no_range_is_ignored(site: TestClient, links: shelf.ClipLinks, asked: str) -> None:
    answer = site.get(links.stream_url, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (200, CONTENT)


def test_a_range_beyond_the_end_is_416(site: TestClient, links: shelf.ClipLinks) -> None:
    answer = site.get(links.stream_url, headers={"Range": "bytes=1024-"})
    assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */1024")


def test_head_says_what_get_would(site: TestClient, links: shelf.ClipLinks) -> None:
    answer = site.head(links.stream_url)
    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "1024", b"")
    part = site.head(links.stream_url, headers={"Range": "bytes=0-9"})
    assert (part.status_code, part.headers["content-length"]) == (206, "10")


def test_what_is_known_is_not_sent_again(site: TestClient, links: shelf.ClipLinks) -> None:
    tag = site.get(links.stream_url).headers["etag"]
    known = site.get(links.stream_url, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", tag)
    fresh = site.get(links.stream_url, headers={"Range": "bytes=0-3", "If-Range": tag})
    stale = site.get(links.stream_url, headers={"Range": "bytes=0-3", "If-Range": '"other"'})
    assert (fresh.status_code, stale.status_code) == (206, 200)


def test_a_link_that_was_changed_is_403(site: TestClient, links: shelf.ClipLinks) -> None:
    token = links.download_url.rpartition("/")[2]
    for wrong in (token[:-1] + ("A" if token[-1] != "A" else "B"), token[5:], "x", "a" * 5000, "%00", "%F0%9F%98%80"):
        answer = site.get(f"/files/{wrong}")
        assert answer.status_code == 403
        assert list(answer.json()) == ["detail"]


def test_a_link_whose_time_is_over_is_404(site: TestClient, links: shelf.ClipLinks, clock: Hands) -> None:
    clock.ahead = 24 * 3600 + 1
    assert site.get(links.download_url).status_code == 404


def test_files_are_only_read(site: TestClient, links: shelf.ClipLinks) -> None:
    assert site.post(links.download_url).status_code == 405


def test_a_file_from_another_store_is_sent_in_ranges_too(
    site: TestClient, links: shelf.ClipLinks, behind: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(behind.services.store), "local_path", lambda self, key: None)
    whole = site.get(links.stream_url)
    assert (whole.status_code, whole.content) == (200, CONTENT)
    part = site.get(links.stream_url, headers={"Range": "bytes=300-899"})
    assert (part.status_code, part.content) == (206, CONTENT[300:900])
    several = site.get(links.stream_url, headers={"Range": "bytes=0-1,500-501"})
    assert several.status_code == 206
    assert CONTENT[500:502] in several.content
