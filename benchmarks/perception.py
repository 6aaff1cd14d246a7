"""What an analysis perceives against the truth of made material, sense by sense, and what a whole one costs.

usage: python -m benchmarks.perception [--quick] [--models FOLDER]

Each sense has a script of its own, which says what its material is; this one runs them all and ends with one table.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path

# As in the child: threads of a library for matrices this small only wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks import (
    perception_faces,
    perception_hearing,
    perception_shots,
    perception_speech,
    perception_whole,
)
from benchmarks.measuring import Goal, conclude, machine
from tests.support.models import MODELS


def main() -> int:
    """Run the benchmark; the exit status says whether every goal is met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a little of everything")
    parser.add_argument("--models", type=Path, default=MODELS, help="where the models are")
    options = parser.parse_args()
    print(machine())
    quick, models = options.quick, options.models
    parts: dict[str, Callable[[], list[Goal]]] = {
        "speech": lambda: perception_speech.goals(quick=quick),
        "hearing": lambda: perception_hearing.goals(models, quick=quick),
        "faces, facecams, texts, active speakers": lambda: perception_faces.goals(models, quick=quick),
        "shots": lambda: perception_shots.goals(quick=quick),
        "a whole analysis": lambda: perception_whole.goals(models, quick=quick),
    }
    found: list[Goal] = []
    for name, part in parts.items():
        print(f"\n== {name}", flush=True)
        found += part()
    return conclude("goals (quick run: not binding)" if quick else "goals", found, binding=not quick)


if __name__ == "__main__":
    sys.exit(main())
