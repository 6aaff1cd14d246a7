"""Jobs as the product knows them: rows, events, streams, workers, webhook deliveries. Nothing here runs them."""

from cutroom.jobs.events import JobHub
from cutroom.jobs.repository.deliveries import Deliveries, Delivery
from cutroom.jobs.repository.jobs import Jobs
from cutroom.jobs.repository.workers import Worker, Workers
from cutroom.jobs.webhooks import Webhooks

__all__ = ["Deliveries", "Delivery", "JobHub", "Jobs", "Webhooks", "Worker", "Workers"]
