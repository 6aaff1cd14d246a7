"""``python -m cutroom.judgement`` prints ``docs/scores.md``."""

from __future__ import annotations

import sys

from cutroom.judgement.page import scores_page

if __name__ == "__main__":
    sys.stdout.write(scores_page())
