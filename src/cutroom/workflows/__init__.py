"""Durable work: what was accepted is finished or honestly failed, whatever is killed. The only home of dbos.

``JobClient`` hands work in and never runs any; ``run_worker`` runs it.
"""

from cutroom.workflows.client import JobClient, prepare_engine
from cutroom.workflows.workbench import Workbench, WorkConfig
from cutroom.workflows.worker import run_worker

__all__ = ["JobClient", "WorkConfig", "Workbench", "prepare_engine", "run_worker"]
