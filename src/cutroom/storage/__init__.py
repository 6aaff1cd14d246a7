"""Where files stay: results in a folder or a bucket, links to them, and source files kept for the next piece of work.

The only package that knows obstore and itsdangerous.
"""

from cutroom.storage.lease import Lease
from cutroom.storage.links import Links, LinkTarget
from cutroom.storage.outside import OutsideBuckets
from cutroom.storage.source_cache import SourceCache
from cutroom.storage.store import Store, StoreConfig, StoredFile

__all__ = ["Lease", "LinkTarget", "Links", "OutsideBuckets", "SourceCache", "Store", "StoreConfig", "StoredFile"]
