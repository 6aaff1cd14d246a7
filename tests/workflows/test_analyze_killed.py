"""An analysis whose worker is killed in the middle goes on at the step it was in, and tells no step twice."""

from __future__ import annotations

import json
import signal
from collections import Counter
from pathlib import Path

import pytest

from cutroom.model.analysis import STEPS, Preset
from cutroom.model.job import JobStatus
from tests.support.crew import Crew, until
from tests.support.short_films import short_film
from tests.support.work import make_yard

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@pytest.fixture(scope="session")
def film() -> Path:
    """Three seconds with sound."""
    return short_film("mp4").path


def test_killed_in_the_middle(sqlite_database_url: str, tmp_path: Path, film: Path) -> None:
    yard = make_yard(sqlite_database_url, tmp_path / "yard", str(film))
    with Crew(yard, tmp_path / "workers.log") as crew:
        made = yard.analyse(webhook_url="https://example.com/hook")
        hand = crew.hire(slow_senses=0.5)
        until(lambda: "transcribe" in yard.senses_used(), 30.0, "it is in the third step")
        hand.signal(signal.SIGKILL)
        hand.process.join()
        crew.hire()
        done = yard.wait(made.id, JobStatus.COMPLETED, seconds=30)
        assert done.attempts == 2
        assert yard.steps_told(made.id) == [
            (kind, step.value) for step in STEPS[Preset.FULL] for kind in ("step_start", "step_done")
        ]
        # The sense that had ended was not asked again; the one that was cut off was. The pictures are looked at beside
        # the sound where a processor has nothing to do, and may have been kept by then.
        used = Counter(yard.senses_used())
        assert used.pop("see") in {1, 2}
        assert used == {"hear": 1, "transcribe": 2, "read": 1}
        assert yard.used() == 1
        assert len(yard.analysis(made.id).pictures) == 2
        (body,) = yard.rows("SELECT body FROM webhook_deliveries")
        assert json.loads(body[0])["status"] == "completed"
        until(lambda: not yard.litter(), 10.0, "scratch is empty")
    yard.close()
