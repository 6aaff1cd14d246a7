"""The composition root: settings in, services out. The one place that chooses adapters.

``engine.open_services`` is for the command line, ``service.open_service`` for a process that answers requests,
``bench.open_workbench`` for one that works, ``office.open_office`` for what an operator does by hand. A cut on the
command line must not load the libraries of a server, so those are imported from their own modules.
"""

from cutroom.container.engine import open_services

__all__ = ["open_services"]
