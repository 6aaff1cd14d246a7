"""The child's program: as the media engine's, with the tasks of perception. Runtimes are loaded by the task alone."""

from __future__ import annotations

import os
import sys

from cutroom.media.inside.server import serve
from cutroom.perception.inside.tasks import TASKS

# Read by numpy's linear algebra when it is loaded. Its threads wait by turning round and round: where something else
# runs too, two of them take four times the time of one. With one, results do not depend on the number of cores either.
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

# onnxruntime would tell its makers' servers about this machine, and leave a file for that in the scratch folder.
_NO_TELEMETRY = "ORT_DISABLE_TELEMETRY"

if __name__ == "__main__":
    os.environ.update(dict.fromkeys((*_ONE_THREAD, _NO_TELEMETRY), "1"))
    serve(sys.argv[1:], TASKS)
