from __future__ import annotations

import subprocess
import sys

import pytest

from cutroom.kernel.unseen import unseen


def test_what_is_unseen_cannot_be_imported_and_can_again_afterwards() -> None:
    sys.modules.pop("this", None)
    with unseen("this"), pytest.raises(ImportError):
        import this  # noqa: F401
    assert "this" not in sys.modules


def test_what_was_imported_before_stays() -> None:
    import json

    with unseen("json"):
        import json as again
    assert again is json


def test_the_log_brings_no_printer_for_consoles() -> None:
    code = "import sys, cutroom.container.logs; print('rich' in sys.modules, 'pygments' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "False"]
