"""A shared clip in headless Chromium, on a screen of a phone: it plays, seeks, fits, and needs no script."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cutroom.model.clip import Format
from cutroom.web.app import build_app
from tests.support import films
from tests.support.player import ARGUMENTS
from tests.support.site import Backstage, open_backstage, serving

pytestmark = [pytest.mark.browser, pytest.mark.enable_socket, pytest.mark.timeout(120)]
PHONE = {"width": 360, "height": 740}
LONG = "An interview with a name that is far too long for one line of a phone " * 2


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Backstage, str, Any]]:
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "There is no chromium on the PATH."
    with (
        open_backstage(tmp_path_factory.mktemp("share")) as behind,
        serving(build_app(behind.services)) as origin,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield behind, origin, browser
        browser.close()


def test_a_film_plays_and_seeks_on_a_phone(shared: tuple[Backstage, str, Any]) -> None:
    behind, origin, browser = shared
    account, _ = behind.account()
    clip = behind.clip(account, content=films.film("h264_closed").path.read_bytes(), name=LONG)
    page = browser.new_page(viewport=PHONE)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{origin}/c/{clip.id}")
    reached = page.evaluate(
        """async () => {
            const video = document.querySelector('video');
            video.muted = true;
            await video.play();
            await new Promise(done => video.requestVideoFrameCallback(done));
            video.pause();
            video.currentTime = 15;
            await new Promise(done => video.addEventListener('seeked', done, {once: true}));
            return [video.currentTime, video.videoWidth, document.documentElement.scrollWidth];
        }"""
    )
    assert reached[0] == pytest.approx(15)
    assert reached[1] > 0
    assert reached[2] <= PHONE["width"]
    assert page.locator("h1").inner_text().startswith("An interview")
    button = page.locator("a.button").bounding_box()
    assert button["height"] >= 44
    assert complaints == []
    page.close()


def test_the_page_is_whole_without_scripts_and_the_button_saves_the_file(
    shared: tuple[Backstage, str, Any], tmp_path: Path
) -> None:
    behind, origin, browser = shared
    account, _ = behind.account()
    content = films.film("h264_closed").path.read_bytes()
    clip = behind.clip(account, content=content, file_name="clip_0-30-1-30.mp4")
    context = browser.new_context(java_script_enabled=False, viewport=PHONE, accept_downloads=True)
    page = context.new_page()
    page.goto(f"{origin}/c/{clip.id}")
    assert page.locator("video[controls]").count() == 1
    with page.expect_download() as coming:
        page.locator("a.button").click()
    assert coming.value.suggested_filename == "clip_0-30-1-30.mp4"
    saved = tmp_path / "saved.mp4"
    coming.value.save_as(saved)
    assert saved.read_bytes() == content
    context.close()


def test_a_gif_is_a_picture_and_a_clip_that_is_gone_says_so(shared: tuple[Backstage, str, Any]) -> None:
    behind, origin, browser = shared
    account, _ = behind.account()
    pixel = bytes.fromhex("47494638396101000100800000000000ffffff2c00000000010001000002024401003b")
    clip = behind.clip(account, content=pixel, format=Format.GIF, media_type="image/gif", width=1, height=1)
    page = browser.new_page(viewport=PHONE)
    page.goto(f"{origin}/c/{clip.id}")
    assert page.evaluate("document.querySelector('img').naturalWidth") == 1
    assert page.goto(f"{origin}/c/unknown").status == 404
    assert page.locator("h1").inner_text() == "Not found"
    page.close()
