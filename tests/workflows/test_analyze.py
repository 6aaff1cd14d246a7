"""Analyses as work: each step told once, a second look at the same film for nothing, nothing left of what failed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from cutroom.analyses import document
from cutroom.analyses.perceiving import At
from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import Cancelled, ErrorCode
from cutroom.media.child import MediaChild
from cutroom.model.analysis import STEPS, Analysis, Preset, Step
from cutroom.model.job import JobStatus
from cutroom.workflows import Workbench
from cutroom.workflows.analysing import Desk, pieces_of
from cutroom.workflows.analyze import abandon, begin, done, end
from cutroom.workflows.engine import EngineClient
from cutroom.workflows.leavings import AnalysisSweeps
from cutroom.workflows.reconciler import Reconciler
from cutroom.workflows.shares import Shares
from cutroom.workflows.steps import Ending
from cutroom.workflows.turns import Turns
from tests.support.short_films import short_film
from tests.support.work import Yard

pytestmark = pytest.mark.slow
Start = Callable[..., None]


@pytest.fixture(scope="session")
def film() -> Path:
    """Three seconds with sound."""
    return short_film("mp4").path


@pytest.fixture
def hands(hands: Workbench) -> Workbench:
    """One processor: nothing is done beside the step at work."""
    return replace(hands, turns=Turns(shares=Shares(1)))


def begun(yard: Yard, **changes: Any) -> Analysis:
    made = yard.analyse(**changes)
    with yard.database.write() as tx:
        assert yard.jobs.start(tx, made.id, "w")
    return made


def do(bench: Workbench, made: Analysis, upto: Step | None = None) -> Desk:
    """All steps, or those before ``upto``, as the workflow does them."""
    desk, order = Desk(bench, made.id), STEPS[made.preset]
    for number, step in enumerate(order):
        if step is upto:
            break
        assert begin(bench, made.id, number, step)
        assert desk.work(step, CancelToken()) == {}
        assert done(bench, made.id, number, step, last=step is order[-1])
    return desk


def told(yard: Yard, made: Analysis) -> Any:
    return json.loads(json.dumps(document.told(yard.analysis(made.id), lambda key: f"http://x/{key}"), allow_nan=False))


def stored(yard: Yard) -> list[str]:
    return sorted(key for key in yard.store.list() if key.split("/")[0] in {"runs", "percepts"})


def expected(preset: Preset) -> list[tuple[str, str]]:
    return [(kind, step.value) for step in STEPS[preset] for kind in ("step_start", "step_done")]


@pytest.mark.parametrize("preset", Preset)
def test_from_a_film_to_its_answer(shed: Yard, hands: Workbench, preset: Preset) -> None:
    made = begun(shed, preset=preset, external_id="mine")
    assert told(shed, made)["current_step"] is None
    do(hands, made)
    answer = told(shed, made)
    assert (answer["analysis_id"], answer["external_id"], answer["status"]) == (made.id, "mine", "completed")
    assert answer["media"]["duration_seconds"] == pytest.approx(3.0, abs=0.1)
    assert [step["step"] for step in answer["processing"]["steps"]] == [step.value for step in STEPS[preset]]
    assert answer["processing"]["engine_version"] == "test"
    assert shed.steps_told(made.id) == expected(preset)
    assert shed.job(made.id).status is JobStatus.COMPLETED
    frames = answer["media_understanding"]["visual_analysis"]["keyframes"]
    assert [frame["frame_index"] for frame in frames] == ([0, 30] if preset is Preset.FULL else [])
    assert (answer["media_understanding"]["transcript"]["full_text"] is None) == (preset is Preset.META_ONLY)
    assert (answer["creator_intelligence"]["hook_analysis"]["score"] == 50) == (preset is Preset.FULL)
    assert answer["scores"]["confidence_overall"] == 10
    assert shed.used() == 1
    assert shed.litter() == []
    assert shed.senses_used() == {
        Preset.FULL: ["hear", "transcribe", "read", "see"],
        Preset.AUDIO_ONLY: ["hear", "transcribe", "read"],
        Preset.META_ONLY: [],
    }[preset]  # fmt: skip


def test_each_step_may_be_done_twice_and_is_told_once(shed: Yard, hands: Workbench) -> None:
    made = begun(shed)
    order = STEPS[Preset.FULL]
    for number, step in enumerate(order):
        for _ in range(2):  # another worker, which knows nothing of the first
            assert begin(hands, made.id, number, step)
            Desk(hands, made.id).work(step, CancelToken())
        last = step is order[-1]
        assert done(hands, made.id, number, step, last=last)
        assert done(hands, made.id, number, step, last=last) is not last
    assert shed.steps_told(made.id) == expected(Preset.FULL)
    assert shed.senses_used() == ["hear", "transcribe", "read", "see"]
    assert len(shed.rows("SELECT id FROM artifacts WHERE kind = 'picture'")) == 2
    assert shed.rows("SELECT count(*) FROM job_events WHERE kind = 'completed'") == [(1,)]


def test_the_same_film_again_costs_no_perception_and_shares_no_file(shed: Yard, hands: Workbench) -> None:
    first, second = begun(shed), begun(shed)
    do(hands, first)
    do(hands, second)
    assert shed.senses_used() == ["hear", "transcribe", "read", "see"]
    one, two = (set(shed.analysis(made.id).pictures.values()) for made in (first, second))
    assert len(one) == len(two) == 2
    assert not one & two
    assert {name: value for name, value in told(shed, first).items() if name.endswith("intelligence")} == {
        name: value for name, value in told(shed, second).items() if name.endswith("intelligence")
    }


def test_another_version_of_a_sense_looks_anew(shed: Yard, hands: Workbench) -> None:
    do(hands, begun(shed))
    senses: Any = hands.senses
    senses.generation = "2"
    do(hands, begun(shed))
    assert shed.senses_used() == ["hear", "transcribe", "read", "see"] * 2


def test_lost_percepts_are_perceived_again(shed: Yard, hands: Workbench) -> None:
    do(hands, begun(shed))
    for key in [key for key in stored(shed) if key.startswith("percepts/")]:
        shed.store.delete(key)
    again = begun(shed)
    do(hands, again)
    assert shed.senses_used() == ["hear", "transcribe", "read", "see"] * 2
    assert len(shed.analysis(again.id).pictures) == 2


def test_on_another_machine_the_film_is_brought_again(shed: Yard, hands: Workbench) -> None:
    made = begun(shed)
    do(hands, made, upto=Step.VISUAL)
    for path in (shed.root / "scratch" / "cutroom-jobs" / made.id).iterdir():
        path.unlink()
    Desk(hands, made.id).work(Step.VISUAL, CancelToken())
    assert shed.senses_used() == ["hear", "transcribe", "read", "see"]


def test_with_a_processor_to_spare_the_pictures_are_looked_at_beside_the_sound(shed: Yard, hands: Workbench) -> None:
    made = begun(shed)
    do(replace(hands, turns=Turns(shares=Shares(2))), made)
    assert shed.steps_told(made.id) == expected(Preset.FULL)
    assert sorted(shed.senses_used()) == ["hear", "read", "see", "transcribe"]
    assert set(shed.senses_used()[:2]) == {"hear", "see"}
    assert len(shed.analysis(made.id).pictures) == 2


def test_a_film_that_is_brought_again_is_brought_once_and_its_step_hears_of_a_cancel(
    shed: Yard, hands: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = begun(shed)
    do(hands, made, upto=Step.TRANSCRIPTION)
    for path in (shed.root / "scratch" / "cutroom-jobs" / made.id).iterdir():
        path.unlink()
    desk, cancel, brought = Desk(replace(hands, turns=Turns(shares=Shares(2))), made.id), CancelToken(), []

    def slowly(_desk: Desk, at: At) -> None:
        brought.append(threading.current_thread())
        at.cancel.wait(60)
        at.cancel.check()

    monkeypatch.setattr(Desk, "_bring", slowly)
    threading.Timer(0.2, cancel.cancel).start()
    with pytest.raises(Cancelled):
        desk.work(Step.TRANSCRIPTION, cancel)
    assert brought == [threading.current_thread()]


def test_what_was_begun_ahead_ends_with_the_job(shed: Yard, hands: Workbench) -> None:
    senses: Any = hands.senses
    senses._slow = 0.3
    many = replace(hands, turns=Turns(shares=Shares(2)))
    made = begun(shed)
    desk = do(many, made, upto=Step.AUDIO)
    senses._slow = 60.0
    cancel = CancelToken()
    threading.Timer(0.5, cancel.cancel).start()
    with pytest.raises(Cancelled):
        desk.work(Step.AUDIO, cancel)
    with many.turns.spare() as free:
        assert free
    shed.client.cancel(made.id)
    abandon(desk, many, made.id)
    assert stored(shed) == shed.litter() == []


def test_a_film_without_sound_and_a_sound_without_film(shed: Yard, hands: Workbench) -> None:
    silent, sound = (
        begun(shed, source=str(short_film("silent").path)),
        begun(shed, source=str(short_film("sound_mp3").path)),
    )
    for made in (silent, sound):
        do(hands, made)
    assert shed.senses_used() == ["transcribe", "see", "hear", "transcribe", "read"]
    mute, blind = told(shed, silent), told(shed, sound)
    assert "The film has no sound." in mute["processing"]["warnings"]
    assert mute["media_understanding"]["audio_analysis"]["loudness"]["integrated_lufs"] is None
    assert mute["media"]["has_audio"] is False
    assert "The film has no pictures." in blind["processing"]["warnings"]
    assert blind["media_understanding"]["visual_analysis"]["scene_count"] is None
    assert blind["media"]["aspect_ratio"] is None


@pytest.mark.parametrize("step", [Step.INGEST, Step.VISUAL, Step.SCORING])
def test_a_failure_gives_the_quota_back_once_and_leaves_nothing(shed: Yard, hands: Workbench, step: Step) -> None:
    made = begun(shed, webhook_url="https://example.com/hook")
    do(hands, made, upto=step)
    Desk(hands, made.id).work(step, CancelToken())
    assert shed.used() == 1
    ending = Ending(code=ErrorCode.MEDIA_DAMAGED, message="The file is damaged.")
    assert end(hands, made.id, ending)
    assert not end(hands, made.id, ending)
    assert shed.used() == 0
    answer = told(shed, made)
    assert (answer["status"], answer["error"]) == ("failed", "The file is damaged.")
    assert set(answer) == {"analysis_id", "external_id", "status", "source", "error", "processing"}
    assert stored(shed) == shed.litter() == []
    assert shed.rows("SELECT id FROM artifacts") == shed.rows("SELECT content FROM percepts") == []
    (message,) = (json.loads(body) for (body,) in shed.rows("SELECT body FROM webhook_deliveries"))
    assert message == answer


def test_what_another_analysis_still_needs_stays(shed: Yard, hands: Workbench) -> None:
    good, bad = begun(shed), begun(shed)
    do(hands, good)
    do(hands, bad, upto=Step.SCORING)
    assert end(hands, bad.id, Ending(code=ErrorCode.INTERNAL, message="Something went wrong."))
    kept = [key for key in stored(shed) if key.startswith("percepts/")]
    assert len(kept) == 6
    with shed.database.write() as tx:
        shed.analyses.delete(tx, good.id)
    AnalysisSweeps(hands).sweep()
    assert not [key for key in stored(shed) if key.startswith("percepts/")]


def test_a_step_that_writes_after_the_end_leaves_nothing(shed: Yard, hands: Workbench) -> None:
    made = begun(shed)
    do(hands, made, upto=Step.VISUAL)
    desk = Desk(hands, made.id)
    shed.client.cancel(made.id)
    assert shed.used() == 0
    assert not begin(hands, made.id, 3, Step.VISUAL)
    with pytest.raises(Exception, match="Cancelled"):
        desk.work(Step.VISUAL, CancelToken())
    AnalysisSweeps(hands).sweep()
    assert stored(shed) == []


def test_too_long_is_told_with_the_limit(shed: Yard, hands: Workbench) -> None:
    made = begun(shed, longest=2.0)
    with pytest.raises(Exception, match="at most 2 seconds"):
        Desk(hands, made.id).work(Step.INGEST, CancelToken())


def test_what_the_reconciler_ends_is_given_back(
    yard: Yard, bench: Workbench, engine: EngineClient, force: Start
) -> None:
    made = yard.analyse()
    force(made.id, status="MAX_RECOVERY_ATTEMPTS_EXCEEDED")
    for _ in range(2):
        Reconciler(bench, engine).reconcile(everything=True)
    assert yard.used() == 0
    assert yard.job(made.id).status is JobStatus.FAILED


def test_workers_do_them(yard: Yard, worker: Start, film: Path) -> None:
    worker()
    good = [yard.analyse(preset=preset) for preset in Preset]
    bad = yard.analyse(source="/nothing.mp4")
    for made in good:
        assert yard.wait(made.id).status is JobStatus.COMPLETED
        assert yard.steps_told(made.id) == expected(made.preset)
    failed = yard.wait(bad.id, JobStatus.FAILED)
    assert failed.error == "There is no such file."
    assert yard.steps_told(bad.id) == [("step_start", "ingest")]
    assert yard.used() == 3


def test_its_time_is_up(yard: Yard, worker: Start, child: MediaChild) -> None:
    def slowly(bench: Workbench) -> Workbench:
        senses: Any = bench.senses
        senses._slow = 30.0
        return replace(bench, senses=senses)

    worker(slowly)
    made = yard.analyse(timeout=0.5)
    failed = yard.wait(made.id, JobStatus.FAILED, seconds=20)
    assert failed.error == "The work took longer than is allowed."
    assert yard.used() == 0


def test_progress_rises_through_the_steps() -> None:
    for preset in Preset:
        pieces = list(pieces_of(preset).values())
        assert pieces[0][0] == 0.0
        assert pieces[-1][1] == pytest.approx(1.0)
        assert all(one[1] == two[0] for one, two in pairwise(pieces))
