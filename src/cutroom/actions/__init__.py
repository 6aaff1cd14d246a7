"""The use cases: the only thing a door may call. Each gets its collaborators as ``Services`` and knows no door."""
