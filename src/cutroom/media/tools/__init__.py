"""The fifteen media tools, one file each: what a tool asks for (its ``Spec``) and what it plans. Pure, all of it.

Import-light on purpose: specs make help texts and forms, so they must cost nothing.
"""

from __future__ import annotations

from cutroom.media.tools import (
    audio_converter,
    compress,
    compress_image,
    convert,
    extract_audio,
    gif,
    image_converter,
    remove_audio,
    resize_image,
    resize_video,
    rotate_video,
    thumbnail,
    trim_audio,
    trim_video,
    video_speed,
)
from cutroom.media.tools.tool import Tool

# In the order in which the wire's document lists them.
_ALL: tuple[Tool, ...] = (
    convert.TOOL,
    compress.TOOL,
    extract_audio.TOOL,
    gif.TOOL,
    thumbnail.TOOL,
    trim_video.TOOL,
    resize_video.TOOL,
    rotate_video.TOOL,
    remove_audio.TOOL,
    video_speed.TOOL,
    audio_converter.TOOL,
    trim_audio.TOOL,
    image_converter.TOOL,
    resize_image.TOOL,
    compress_image.TOOL,
)
TOOLS: dict[str, Tool] = {tool.spec.name: tool for tool in _ALL}
"""Every tool by its name on the wire."""
