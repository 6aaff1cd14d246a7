"""A video is analysed by everything that is really there: over HTTP, and by the command line without a network."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import requests
import sseclient

from cutroom.model.analysis import STEPS, Preset
from tests.support import films
from tests.support.command import COMMAND, Shop
from tests.support.known_speech import INSTALLED, MISSING, RATE, SENTENCES, say, write
from tests.support.models import MODELS, needs_models
from tests.support.seen import HEIGHT, WIDTH, Picture, Writing, moved, place, portraits
from tests.support.seen import write as write_text
from tests.support.served import Server, server

pytestmark = [
    pytest.mark.journeys,
    pytest.mark.enable_socket,
    needs_models,
    pytest.mark.skipif(not INSTALLED, reason=MISSING),
]

API = "/clipapi/v1"
FPS, CUT, SECONDS = 10, 4.0, 8.0
TITLE = "How to bake bread"


def picture(t: float) -> Picture:
    """A head that moves, then a place with a title."""
    if t < CUT:
        where = WIDTH * (0.5 + 0.08 * float(np.sin(2 * t))), HEIGHT * 0.5
        return place(moved(3, t), portraits()["hopper"], where, 170)
    return write_text(moved(0, t), Writing(TITLE, (300, 500), 56, outline=4))


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight seconds with a voice."""
    folder = tmp_path_factory.mktemp("talk")
    spoken, _ = say(SENTENCES[:4])
    write(folder / "voice.wav", spoken[: round(SECONDS * RATE)])
    for number in range(round(SECONDS * FPS)):
        small = cv2.resize(picture(number / FPS), (640, 360), interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(folder / f"{number:03}.png"), small)
    film = folder / "talk.mp4"
    films.run(
        ["-framerate", str(FPS), "-i", str(folder / "%03d.png"), "-i", str(folder / "voice.wav"), "-pix_fmt", "yuv420p",
         "-c:v", "libx264", "-preset", "veryfast", "-c:a", "aac", "-shortest", str(film)]
    )  # fmt: skip
    return film


def analysed(served: Server, film: Path) -> tuple[dict[str, Any], list[str]]:
    """The result, and the steps as the stream told them."""
    with film.open("rb") as file:
        order = served.ask("POST", f"{API}/analyses/upload", files={"file": file})
    assert order.status_code == 201, order.text
    with requests.get(served.url + order.json()["stream_url"], stream=True, timeout=120) as answer:
        told = [json.loads(event.data) for event in sseclient.SSEClient(answer.iter_content(None)).events()]
    assert told[-1]["event"] == "pipeline_done", (told[-1], served.log[-3000:])
    result = served.ask("GET", f"{API}/analyses/{order.json()['analysis_id']}").json()
    return result, [event["step"] for event in told if event["event"] == "step_done"]


def check(result: dict[str, Any]) -> None:
    """What was put into the film is found in it."""
    understood = result["media_understanding"]
    seen, heard = understood["visual_analysis"], understood["audio_analysis"]
    assert [scene["start"] for scene in seen["scenes"]] == [0.0, CUT]
    assert (seen["faces"]["max_count"], heard["speech"]["speaker_count"]) == (1, 1)
    assert seen["faces"]["presence_ratio"] == pytest.approx(0.5, abs=0.08)
    assert [text["text"] for text in seen["on_screen_text"]] == [TITLE]
    assert heard["speech"]["present"]
    assert not heard["music"]["present"]
    assert understood["transcript"]["source"] == "asr"
    assert understood["transcript"]["word_count"] > 10
    assert result["media"]["duration_seconds"] == pytest.approx(SECONDS, abs=0.1)


def test_a_video_is_sent_analysed_and_asked_about_again(talk: Path, tmp_path: Path) -> None:
    with server(tmp_path / "server", CUTROOM_MODELS__DIR=str(MODELS)) as served:
        served.until_ready()
        result, steps = analysed(served, talk)
        assert steps == [step.value for step in STEPS[Preset.FULL]]
        check(result)
        for frame in result["media_understanding"]["visual_analysis"]["keyframes"]:
            shown = requests.get(frame["image_url"], timeout=10)
            assert shown.headers["content-type"] == "image/jpeg"
            small = cv2.imdecode(np.frombuffer(shown.content, np.uint8), cv2.IMREAD_COLOR)
            true = cv2.resize(picture(frame["frame_index"] / FPS), (640, 360), interpolation=cv2.INTER_AREA)
            assert small is not None
            assert float(np.abs(small.astype(float) - true).mean()) < 5
        kept = {path: path.stat().st_mtime_ns for path in (served.data_dir / "files" / "percepts").rglob("*.json")}
        assert len(kept) == 4  # heard, said, read, seen
        again, _ = analysed(served, talk)
        assert {path: path.stat().st_mtime_ns for path in kept} == kept
        for layer in ("media", "scores", "creator_intelligence", "growth_intelligence"):
            assert again[layer] == result[layer]
        assert "Traceback" not in served.log, served.log


def test_the_command_line_needs_no_network(talk: Path, shop: Shop) -> None:
    own = ["unshare", "--user", "--map-root-user", "--net"] if shutil.which("unshare") else []
    if own and subprocess.run([*own, "true"], check=False, capture_output=True).returncode:
        own = []  # not allowed here: the socket is there, and nothing uses it all the same
    env = shop.environment(CUTROOM_MODELS__DIR=str(MODELS))
    done = subprocess.run(
        [*own, *COMMAND, "analyze", str(talk), "-o", "report.json", "--keyframes", "frames"],
        cwd=shop.here, env=env, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads((shop.here / "report.json").read_text())
    check(result)
    assert "\nScores\n" in done.stdout
    frames = [shop.here / f["image_url"] for f in result["media_understanding"]["visual_analysis"]["keyframes"]]
    assert all(frame.read_bytes()[:2] == b"\xff\xd8" for frame in frames)
    assert shop.left() == {"report.json", "frames"}
