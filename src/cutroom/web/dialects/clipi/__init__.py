"""Clipi: downloads and the fifteen media tools, followed live. ``README.md`` says more."""
