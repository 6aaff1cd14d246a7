"""The tools' public face: look at a file, check an order against it, carry it out.

As with ``engine.Engine`` no media is opened in the calling process: the media child looks and measures, ffmpeg
encodes, and every result is verified against its plan before it is handed over.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from cutroom.kernel.cancel import CancelToken
from cutroom.kernel.errors import CutroomError, ErrorCode
from cutroom.kernel.ids import new_id
from cutroom.kernel.progress import Monotone, Progress, ProgressCallback, ignore
from cutroom.media import images
from cutroom.media.child import MediaChild
from cutroom.media.engine import EngineConfig
from cutroom.media.ffmpeg.workdir import Workdir, remove_stale
from cutroom.media.inside import wire
from cutroom.media.tools import TOOLS
from cutroom.media.tools.cost import check_cost
from cutroom.media.tools.sources import require
from cutroom.media.tools.tool import Facts, ImagePlan, Plan, Tool
from cutroom.model.image import ImageFacts
from cutroom.model.media import MediaFacts
from cutroom.model.tool import Needs, Spec, ToolResult, Values

# What image files begin with for tools that want films: a GIF may be one.
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"II*\x00", b"MM\x00*")


def specs() -> tuple[Spec, ...]:
    """The specs of all tools, in the order of the contract's table."""
    return tuple(tool.spec for tool in TOOLS.values())


class Toolbox:
    """Thread-safe. ``close`` ends the warm media child unless it was handed in; leaving the process does too."""

    def __init__(self, config: EngineConfig | None = None, child: MediaChild | None = None) -> None:
        self._config = config or EngineConfig()
        self._child = child or MediaChild()
        self._owns_child = child is None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the warm media child, if it is ours."""
        if self._owns_child:
            self._child.close()

    def warm_up(self) -> None:
        """Start the media child now, so that the first call does not pay for it."""
        self._child.warm_up()

    def look(self, path: Path, *, tool: str | None = None, cancel: CancelToken | None = None) -> Facts:
        """The facts of a file. A moving GIF is an image to image tools and a film to the others (``tool`` says which).

        Raises ``CutroomError``: SOURCE_NOT_FOUND, SOURCE_PRIVATE, NOT_MEDIA, MEDIA_DAMAGED, MEDIA_TOO_COSTLY (bombs),
        LIMIT_EXCEEDED.
        """
        size, head = _head(path)
        wants_image = tool is not None and _tool(tool).spec.needs is Needs.IMAGE
        if wants_image or _is_image(head):
            return images.look(self._child, path, cancel=cancel)
        params = {"video": {"path": str(path.absolute()), "size": size}, "ends": True}
        return wire.unpack(MediaFacts, self._child.call("probe", params, cancel=cancel))

    def check(self, name: str, values: Values, facts: Facts) -> None:
        """Whether tool ``name`` can do this; to be asked before anything is queued.

        Raises ``CutroomError``: NOT_FOUND for an unknown tool; NO_VIDEO, NO_AUDIO, NOT_MEDIA when the file lacks what
        the tool needs; INVALID_RANGE for a start beyond the end; INVALID_REQUEST for a crop outside the picture;
        MEDIA_TOO_COSTLY when it would take more computing time than is allowed.
        """
        self._plan(name, values, facts)

    def run(
        self,
        name: str,
        values: Values,
        source: Path,
        folder: Path,
        *,
        facts: Facts | None = None,
        on_progress: ProgressCallback = ignore,
        cancel: CancelToken | None = None,
    ) -> ToolResult:
        """Make one new file of a random name in ``folder``: verified, or nothing at all. Everything else is cleaned up.

        Raises ``CutroomError``: what ``look`` and ``check`` raise, and what the work ends with.
        """
        cancel, report = cancel or CancelToken(), Monotone(on_progress)
        report(Progress("probing"))
        source, folder = source.absolute(), folder.absolute()
        facts = facts if facts is not None else self.look(source, tool=name, cancel=cancel)
        plan = self._plan(name, values, facts)
        root = self._config.scratch or folder
        remove_stale(root, 0.0)
        with Workdir(root) as workdir:
            if isinstance(plan, ImagePlan):
                result = self._image(plan, source, facts, workdir, report, cancel)
            else:
                from cutroom.media.workshop import Workshop  # the command line is started anew for each piece of work

                if not isinstance(facts, MediaFacts):
                    raise CutroomError(ErrorCode.NO_VIDEO, "The file is an image, not a video or sound file.")
                shop = Workshop(self._child, self._config, source, facts, workdir, report, cancel)
                made = shop.make(plan)
                result = made.result(made.path)
            cancel.check()
            target = folder / f"{new_id()}.{result.extension}"
            workdir.publish(result.path, target)
        return _moved(result, target)

    def _image(
        self, plan: ImagePlan, source: Path, facts: Facts, workdir: Workdir, report: Monotone, cancel: CancelToken
    ) -> ToolResult:
        if not isinstance(facts, ImageFacts):
            raise CutroomError(ErrorCode.NOT_MEDIA, "The file is a video or sound file, not an image.")
        target = workdir.new(f".{plan.format}")
        return images.make(self._child, source, facts, plan, target, on_progress=report, cancel=cancel)

    def _plan(self, name: str, values: Values, facts: Facts) -> Plan:
        tool = _tool(name)
        require(tool.spec.needs, facts)
        tool.check(values, facts)
        plan = tool.plan(values, facts)
        if isinstance(facts, MediaFacts):
            check_cost(plan, facts, self._config.tool_budget)
        return plan


def _tool(name: str) -> Tool:
    tool = TOOLS.get(name)
    if tool is None:
        raise CutroomError(ErrorCode.NOT_FOUND, "There is no such tool.")
    return tool


def _is_image(head: bytes) -> bool:
    return head.startswith(_IMAGES) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP")


def _head(path: Path) -> tuple[int, bytes]:
    """Size and first bytes. Raises ``CutroomError``: SOURCE_NOT_FOUND, SOURCE_PRIVATE."""
    try:
        if not path.is_file():
            raise CutroomError(
                ErrorCode.SOURCE_NOT_FOUND, "There is no such file." if not path.exists() else "This is not a file.",
                detail=str(path),
            )  # fmt: skip
        if not os.access(path, os.R_OK):
            raise CutroomError(ErrorCode.SOURCE_PRIVATE, "The file may not be read.", detail=str(path))
        with path.open("rb") as file:
            return path.stat().st_size, file.read(16)
    except (OSError, ValueError) as error:  # names with NUL, or too long for the system
        raise CutroomError(ErrorCode.SOURCE_NOT_FOUND, "There is no such file.", detail=str(error)) from error


def _moved(result: ToolResult, path: Path) -> ToolResult:
    from dataclasses import replace

    return replace(result, path=path)
