from __future__ import annotations

import signal

import pytest

from cutroom.kernel.errors import ErrorCode
from cutroom.media.ffmpeg.failure import Ending, explain
from cutroom.media.ffmpeg.launch import MARK, NOT_STARTED
from cutroom.media.ffmpeg.limits import Limits

PATH = "/home/someone/.cutroom-1-2-x"
CASES = [
    (228, 1.0, f"[out#0/mp4] Error writing trailer of {PATH}: No space left on device", ErrorCode.DISK_FULL),
    (1, 1.0, "av_interleaved_write_frame(): Disk quota exceeded", ErrorCode.DISK_FULL),
    (-signal.SIGXFSZ, 1.0, "", ErrorCode.LIMIT_EXCEEDED),
    (229, 1.0, "Error muxing a packet: File too large", ErrorCode.LIMIT_EXCEEDED),
    (-signal.SIGXCPU, 1.0, "", ErrorCode.LIMIT_EXCEEDED),
    (255, 10.1, "Exiting normally, received signal 24.", ErrorCode.LIMIT_EXCEEDED),
    (-signal.SIGKILL, 12.0, "", ErrorCode.LIMIT_EXCEEDED),
    (255, 2.0, "Exiting normally, received signal 15.", ErrorCode.PROCESSING_FAILED),
    (-signal.SIGKILL, 2.0, "", ErrorCode.PROCESSING_FAILED),
    (244, 1.0, f"Error opening input file {PATH}: Cannot allocate memory", ErrorCode.LIMIT_EXCEEDED),
    (234, 1.0, "[h264] Picture size 640x360 exceeds specified max pixel count 1000, see", ErrorCode.LIMIT_EXCEEDED),
    (244, 1.0, "Number of streams exceeds max_streams parameter (1)", ErrorCode.LIMIT_EXCEEDED),
    (245, 1.0, "Error while opening decoder: Resource temporarily unavailable", ErrorCode.LIMIT_EXCEEDED),
    (187, 1.0, "[enc:libx264] Error while opening encoder - maybe incorrect parameters", ErrorCode.LIMIT_EXCEEDED),
    (183, 1.0, f"Error opening input file file:{PATH}/in.mp4. moov atom not found", ErrorCode.MEDIA_DAMAGED),
    (1, 1.0, "Error while decoding stream #0:0: Invalid data found when processing input", ErrorCode.MEDIA_DAMAGED),
    (8, 1.0, "Unknown encoder 'libx264'", ErrorCode.TOOL_MISSING),
    (NOT_STARTED, 0.0, f"{MARK}exec: [Errno 2] No such file or directory", ErrorCode.TOOL_MISSING),
    (1, 1.0, "something new", ErrorCode.PROCESSING_FAILED),
    (-signal.SIGSEGV, 1.0, "", ErrorCode.PROCESSING_FAILED),
]


@pytest.mark.parametrize(("code", "cpu", "stderr", "meaning"), CASES)
def test_every_ending_has_a_code_and_a_clean_sentence(code: int, cpu: float, stderr: str, meaning: ErrorCode) -> None:
    error = explain(Ending(code, cpu, stderr), Limits(cpu_seconds=10))
    assert error.code is meaning
    assert error.message.endswith(".")
    assert "/" not in str(error)
    assert stderr[:40] in (error.detail or "")
