"""The network of these tests."""

from tests.support.network import client, egress, private, site

__all__ = ["client", "egress", "private", "site"]
