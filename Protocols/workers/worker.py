#!/usr/bin/env python3
"""A worker in Python, to start from: edit measure() for your instrument.

    python3 worker.py CAMPAIGN [amqp://user:password@host]        (or BURETTE_BROKER; needs the package pika)

It uses the package `burette`: installed, or from the folder python/ beside this one.
"""
import json
import math
import os
import pathlib
import sys
import time

try:
    from burette import Worker
except ImportError:
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "python" / "src"))
    from burette import Worker


def measure(x0, x1, job):
    """Measures at a point; returns the values by objective. Raise an exception with a reason if it cannot be done."""
    time.sleep(0.05)
    job.progress(0.5, "half of it")
    return {"branin": (x1 - 0.1291845 * x0 * x0 + 1.5915494 * x0 - 6) ** 2 + 9.6021127 * math.cos(x0) + 10}


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    # What the instrument can do, where it cannot do everything: {"solvent": ["water", "THF"], "temperature": {"low": 20, "high": 80}}
    only = json.loads(os.environ.get("BURETTE_ONLY", "{}"))
    try:
        worker = Worker(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None, only=only)
        worker(measure)
        print(f"working on {sys.argv[1]} as {worker.name}", file=sys.stderr)
        worker.run()
    except (TypeError, ValueError, PermissionError) as error:
        sys.exit(f"Error: {error}")
