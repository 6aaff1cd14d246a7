"""Servers for the tests of this room."""

from __future__ import annotations

from tests.support.object_servers import _moto_endpoint, _rclone_endpoint, moto, rclone

__all__ = ["_moto_endpoint", "_rclone_endpoint", "moto", "rclone"]
