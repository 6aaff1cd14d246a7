"""Cutroom: cut and understand video. The rooms and their floors are described in docs/architecture.md."""
