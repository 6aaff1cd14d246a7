"""Cutroom's own API: jobs of every surface and their events, the whole library, uploads. ``README.md`` says more."""
