"""Burette in Python: measure a campaign's jobs, or ask its planner.

`Worker` takes jobs from RabbitMQ and publishes results. `Campaign` asks and tells the planner of the program
`burette`, without a broker. The rules that a worker follows are those of Protocols/README.md.
"""
from .campaign import Campaign, CampaignError, Recommendation, frame, results
from .job import Accident, Failed, Infeasible, Job, Result, ReturnJob
from .worker import Undelivered, Worker

__all__ = [
    "Accident", "Campaign", "CampaignError", "Failed", "Infeasible", "Job", "Recommendation", "Result", "ReturnJob", "Undelivered",
    "Worker",
    "frame", "results",
]
