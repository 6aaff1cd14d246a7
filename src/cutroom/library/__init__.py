"""The library: an account's clips, how long they stay, and how much of them may stay for ever."""

from cutroom.library.clips import Library
from cutroom.library.names import clip_file_name, clip_name

__all__ = ["Library", "clip_file_name", "clip_name"]
