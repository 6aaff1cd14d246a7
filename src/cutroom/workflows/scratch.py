"""Files in the making: one folder for each job, content-named results, nothing that outlives its job."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

from cutroom.kernel.ids import new_id

_FOLDER = "cutroom-jobs"


class JobScratch:
    """The folder of one job below ``root``. A result is there whole or not at all."""

    def __init__(self, root: Path, job_id: str) -> None:
        self.folder = root / _FOLDER / job_id

    def result(self, recipe: dict[str, Any], suffix: str) -> Path:
        """Where the result of this recipe lies: a name for its content, known before it is made."""
        digest = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:24]
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.folder / f"{digest}.{suffix}"

    @staticmethod
    def facts(result: Path) -> dict[str, Any] | None:
        """What was noted of a result that is finished; None when it has to be made."""
        try:
            facts = json.loads(_notes(result).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return facts if isinstance(facts, dict) and result.is_file() else None

    @staticmethod
    def note(result: Path, facts: dict[str, Any]) -> None:
        """Note that a result is finished, and what it is."""
        part = result.with_name(f"{result.name}.{new_id()}.part")
        part.write_text(json.dumps(facts), "utf-8")
        part.replace(_notes(result))

    def remove(self) -> None:
        """Remove everything. Idempotent."""
        shutil.rmtree(self.folder, ignore_errors=True)


def jobs_with_scratch(root: Path) -> list[str]:
    """The ids of jobs that have a folder."""
    try:
        return [entry.name for entry in os.scandir(root / _FOLDER) if entry.is_dir(follow_symlinks=False)]
    except FileNotFoundError:
        return []


def _notes(result: Path) -> Path:
    return result.with_name(f"{result.name}.json")
