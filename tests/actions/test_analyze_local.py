"""Analyses without a server: the same steps and the same answer, a report that is whole, nothing left behind."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cutroom.actions.analyze_local import AnalyzeOrder, analyze
from cutroom.actions.services import Services
from cutroom.cli.analysis_content import summary_lines
from cutroom.cli.analyze import analyze as command
from cutroom.cli.door import Door
from cutroom.container import open_services
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.model.analysis import STEPS, Preset
from cutroom.settings import Settings
from tests.support.short_films import short_film
from tests.support.stand_in import FRAME, StandInJudges, StandInSenses

pytestmark = pytest.mark.slow
NOBODY = CancelToken()


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """The command line's own, but for what perceives and judges."""
    settings = Settings()
    (tmp_path / "scratch").mkdir()
    media = settings.media.model_copy(update={"scratch": tmp_path / "scratch"})
    with open_services(settings.model_copy(update={"media": media}), private_networks=True, local_files=True) as real:
        senses = StandInSenses(real.engine, tmp_path / "senses.log")
        yield replace(real, senses=lambda: contextlib.nullcontext(senses), judges=StandInJudges)
    assert list((tmp_path / "scratch").iterdir()) == []


def run(services: Services, **order: Any) -> tuple[dict[str, Any], list[str]]:
    told: list[str] = []
    order = {"source": str(short_film("mp4").path)} | order
    answer = analyze(
        services, AnalyzeOrder(**order), on_step=lambda step, took: told.append(step), cancel=NOBODY
    )  # fmt: skip
    return answer, told


@pytest.mark.parametrize("preset", Preset)
def test_the_steps_of_each_preset(services: Services, preset: Preset) -> None:
    answer, told = run(services, preset=preset)
    names = [step.value for step in STEPS[preset]]
    assert told == names
    assert [step["step"] for step in answer["processing"]["steps"]] == names
    assert (answer["status"], answer["source"]["platform"], answer["source"]["url"]) == ("completed", "upload", None)
    assert answer["media"]["file_size_bytes"] == short_film("mp4").path.stat().st_size
    json.dumps(answer, allow_nan=False)
    assert summary_lines(answer)


def test_the_same_film_gives_the_same_numbers(services: Services) -> None:
    one, two = (run(services)[0] for _ in range(2))
    for answer in (one, two):
        del answer["processing"]
    assert one == two


def test_a_report_and_its_key_frames(services: Services, tmp_path: Path) -> None:
    report, frames = tmp_path / "report.json", tmp_path / "frames"
    answer, _ = run(services, report=report, keyframes=frames)
    assert json.loads(report.read_text("utf-8")) == answer
    shown = answer["media_understanding"]["visual_analysis"]["keyframes"]
    assert [Path(frame["image_url"]).read_bytes() for frame in shown] == [FRAME + b"\0", FRAME + b"\1"]
    with pytest.raises(CutroomError) as caught:
        run(services, report=report)
    assert caught.value.code is ErrorCode.TARGET_EXISTS
    run(services, report=report, overwrite=True)
    assert "image_url" in report.read_text("utf-8")


@pytest.mark.parametrize("name", ["none/frames", "file", "file/frames"])
def test_a_folder_for_key_frames_that_cannot_be_is_told_before_the_work(
    services: Services, tmp_path: Path, name: str
) -> None:
    (tmp_path / "file").write_text("kept")
    told: list[str] = []
    with pytest.raises(CutroomError) as caught:
        analyze(
            services,
            AnalyzeOrder(source=str(short_film("mp4").path), keyframes=tmp_path / name),
            on_step=lambda step, took: told.append(step),
            cancel=NOBODY,
        )
    assert caught.value.code is ErrorCode.TARGET_NOT_WRITABLE
    assert told == []


def test_what_is_no_film_leaves_no_report(services: Services, tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    for source in ("text.mp4", "nothing.mp4"):
        with pytest.raises(CutroomError):
            run(services, source=str(tmp_path / source), report=tmp_path / "report.json")
    assert not (tmp_path / "report.json").exists()


def door(services: Services, *, as_json: bool) -> Door:
    return Door(io.StringIO(), io.StringIO(), CancelToken(), lambda _guarded: contextlib.nullcontext(services), as_json)


def said(stream: Any) -> str:
    return str(stream.getvalue())


def test_the_command_tells_steps_aside_and_the_summary_on_standard_output(services: Services, tmp_path: Path) -> None:
    at = door(services, as_json=False)
    assert command(str(short_film("mp4").path), output=str(tmp_path / "r.json"), door=at) == 0
    assert [line.split()[0] for line in said(at.err).splitlines()] == [step.value for step in STEPS[Preset.FULL]]
    assert "confidence overall" in said(at.out)
    assert "warning: Nobody has judged this." in said(at.out)
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["status"] == "completed"


def test_the_command_with_json(services: Services) -> None:
    at = door(services, as_json=True)
    assert command(str(short_film("mp4").path), preset="meta_only", door=at) == 0
    assert json.loads(said(at.out))["processing"]["pipeline_preset"] == "meta_only"
    assert said(at.err) == ""
