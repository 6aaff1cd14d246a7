"""Checks on the documents: links between files lead somewhere, and decision pages have the shape they promise."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
DECISION_PARTS = ("Context", "Decision", "Consequences", "Alternatives", "Check")
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(\s*<?([^)\s>]+)>?[^)]*\)|!\[[^\]\n]*\]\(\s*<?([^)\s>]+)")
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_NAME = re.compile(r"(\d{4})-[a-z0-9]+(-[a-z0-9]+)*\.md")


def documents(root: Path) -> list[Path]:
    """Every page of the repository."""
    return [*sorted(root.glob("*.md")), *sorted((root / "docs").rglob("*.md"))]


def broken_links(page: Path, root: Path) -> Iterator[str]:
    """Relative links of a page that lead nowhere, or out of the repository."""
    text = _CODE.sub("", _FENCE.sub("", page.read_text(encoding="utf-8")))
    for match in _LINK.finditer(text):
        target = urlsplit(match[1] or match[2])
        if target.scheme or target.netloc or not target.path:
            continue
        place = (page.parent / unquote(target.path)).resolve()
        if not place.is_relative_to(root) or not place.exists():
            yield f"{page.relative_to(root)}: the link {target.path} leads nowhere"


def misshapen_decisions(folder: Path) -> Iterator[str]:
    """Decision pages with a wrong name, a number used twice, or a part missing or out of order."""
    numbers: dict[str, str] = {}
    for page in sorted(folder.glob("*.md")):
        name = _NAME.fullmatch(page.name)
        if not name:
            yield f"{page.name}: a decision is named NNNN-words-of-it.md"
            continue
        if (other := numbers.setdefault(name[1], page.name)) != page.name:
            yield f"{page.name}: the number is taken by {other}"
        heads = re.findall(r"^## (.+?)\s*$", page.read_text(encoding="utf-8"), re.MULTILINE)
        parts = ["Check" if head == "Checked by" else head for head in heads]
        if [part for part in parts if part in DECISION_PARTS] != list(DECISION_PARTS):
            yield f"{page.name}: needs the parts {', '.join(DECISION_PARTS)}, in this order"


def main(root: Path = ROOT) -> int:
    """Print what is wrong; 1 when anything is."""
    pages = documents(root)
    faults = [fault for page in pages for fault in broken_links(page, root)]
    faults += misshapen_decisions(root / "docs" / "decisions")
    print("\n".join(faults) if faults else f"{len(pages)} pages, every link leads somewhere")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
