"""The network of these tests."""

from tests.support.network import client, egress, private, secure_site, site

__all__ = ["client", "egress", "private", "secure_site", "site"]
