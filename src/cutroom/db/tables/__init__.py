"""Every table, one file for each feature. Importing this package fills ``metadata``."""

from cutroom.db.columns import metadata
from cutroom.db.tables import accounts, analyses, billing, jobs, library, service

__all__ = ["accounts", "analyses", "billing", "jobs", "library", "metadata", "service"]
