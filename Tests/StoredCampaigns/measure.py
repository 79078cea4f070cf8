#!/usr/bin/env python3
"""The instrument of the stored campaigns: a deterministic function of the job's parameters, which fails now and then."""
import json, math, sys, zlib

job = json.load(sys.stdin)
point = job["parameters"]
value = 0.0
for name, setting in sorted(point.items()):
    if isinstance(setting, str):
        value += {"water": 0.3, "THF": 0.0, "DMF": 0.8, "A": 0.5, "B": 0.1, "C": 0.0}[setting]
    else:
        low, high = {"temperature": (20, 200), "loading": (-2, 1), "stirring": (0, 800), "x0": (-5, 10), "x1": (0, 15)}.get(name, (0, 1))
        scaled = ((math.log10(setting) if name == "loading" else setting) - low) / (high - low)
        value += (scaled - 0.3) ** 2 + 0.1 * math.sin(9 * scaled)
# Noise that depends on the job alone.
value += (zlib.crc32(job["job"][:4].encode()) / 2 ** 32 - 0.5) * 0.05
if job["job"].startswith("0006"):
    json.dump({"failed": "the needle is bent"}, sys.stdout)
else:
    json.dump({job["objectives"][0]: value}, sys.stdout)
