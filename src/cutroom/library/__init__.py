"""The library: an account's clips and uploads, how long they stay, and how much of them may stay for ever."""

from cutroom.library.clips import Library
from cutroom.library.names import clip_file_name, clip_name
from cutroom.library.uploads import Uploads

__all__ = ["Library", "Uploads", "clip_file_name", "clip_name"]
