"""The Node that runs the documents' JavaScript: the one that Playwright brings, whatever the machine has."""

from __future__ import annotations

from pathlib import Path

import playwright

NODE = str(Path(playwright.__file__).parent / "driver" / "node")
