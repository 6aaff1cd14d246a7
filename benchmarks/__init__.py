"""One script per performance goal: each prints what was measured and the ratio against a named peer, paired in turn."""
