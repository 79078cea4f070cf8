"""Compares a ledger with the logs of the workers (burette work --log-level debug): audit.py LEDGER LOG..."""

import json
import re
import sqlite3
import sys

ledger, *logs = sys.argv[1:]
events = [json.loads(body) for (body,) in sqlite3.connect(ledger).execute("SELECT body FROM event ORDER BY sequence")]
measured = [event for event in events if event["type"] == "measured"]
text = "\n".join(open(log).read() for log in logs)
made = {identity: (job, float(value)) for job, identity, value in re.findall(r"measured job (\S+) event=(\w+) values=branin=(\S+)", text)}
kept = set(re.findall(r"debug: kept (\w+)", text))
counted = {}
for event in measured:
    counted.setdefault(event["job"], event)
published = [event for event in events if event["type"] == "published"]
ended = {event["job"] for event in events if event["type"] in ("measured", "failed", "withdrawn", "dead")}

wrong = []
lost = kept - {event["id"] for event in measured}
if lost:
    wrong.append(f"{len(lost)} results that a worker had are not in the ledger")
foreign = [event["id"] for event in measured if made.get(event["id"]) != (event["job"], event["values"]["branin"])]
if foreign:
    wrong.append(f"{len(foreign)} results in the ledger are in no worker's log")
open_jobs = {event["job"] for event in published} - ended
if open_jobs:
    wrong.append(f"{len(open_jobs)} jobs are still pending: {sorted(open_jobs)[:5]}")
if not any(event["type"] == "finished" for event in events):
    wrong.append("the campaign has not ended")
unreadable = sum(event["type"] == "unreadable" for event in events)
if unreadable:
    wrong.append(f"{unreadable} messages were unreadable")
print(f"{len(made)} measurements in the workers' logs, {len(kept)} kept; in the ledger {len(counted)} measured, {len(measured) - len(counted)} duplicates")
for line in wrong:
    print(f"WRONG: {line}")
sys.exit(1 if wrong else 0)
