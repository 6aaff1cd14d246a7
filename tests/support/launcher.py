"""The launcher ``run`` as a module, so that its pure parts can be tested one by one."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parent.parent.parent


def load_launcher() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("cutroom_launcher", str(ROOT / "run"))
    spec = importlib.util.spec_from_loader("cutroom_launcher", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    try:
        loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = before
    return module
