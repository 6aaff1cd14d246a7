"""The library: an account's clips, uploads and files of single jobs, how long they stay, and how many for ever."""

from cutroom.library.artifacts import Artifacts
from cutroom.library.clips import Library
from cutroom.library.names import clip_file_name, clip_name
from cutroom.library.uploads import Uploads

__all__ = ["Artifacts", "Library", "Uploads", "clip_file_name", "clip_name"]
