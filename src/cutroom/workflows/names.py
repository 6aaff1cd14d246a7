"""Which workflow does which kind of job.

Names are kept in the database with the work that waits: a workflow is never renamed, and one that changes so much that
it cannot carry on what it began gets a new name beside the old one.
"""

from __future__ import annotations

from cutroom.kernel.errors import CutroomError, ErrorCode

CUT_CLIP = "cut_clip"
RUN_TOOL = "run_tool"
DOWNLOAD = "download"
ANALYZE = "analyze"
_WORKFLOWS = {"cut": CUT_CLIP, "tool": RUN_TOOL, "download": DOWNLOAD, "analysis": ANALYZE}


def workflow_of(kind: str) -> str:
    """The name of the workflow for jobs of this kind. ``CutroomError(INTERNAL)`` for an unknown kind."""
    try:
        return _WORKFLOWS[kind]
    except KeyError:
        raise CutroomError(ErrorCode.INTERNAL, "This kind of work is not known.", detail=kind[:60]) from None
