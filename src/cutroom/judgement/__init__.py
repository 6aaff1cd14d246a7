"""What it means: pure functions from percepts to verdicts, each with its evidence."""
