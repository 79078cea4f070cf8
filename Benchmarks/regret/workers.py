#!/usr/bin/env python3
"""workers.py FILE.jsonl ...: median final regret by problem, peer and number of workers, and what is lost against one worker.

The loss of a campaign with w workers is log10 of its final regret over the median of the campaigns with one worker, after equal numbers
of measurements; regrets below a ten-thousandth of random search's count as that. 0.3 is twice the regret.
"""
import collections, json, sys

import numpy as np

final = collections.defaultdict(list)
for path in sys.argv[1:]:
    for line in open(path):
        r = json.loads(line)
        if "regret" in r: final[r["problem"], r["peer"], r["workers"]].append(r["regret"][-1])
problems = sorted({k[0] for k in final})
columns = sorted({k[1:] for k in final if k[1] != "random"})
print("| problem | " + " | ".join(f"{p}, {w}" for p, w in columns) + " |")
print("|---" * (1 + len(columns)) + "|")
losses = collections.defaultdict(list)
for problem in problems:
    row = []
    floor = 1e-4 * np.median(final.get((problem, "random", 4)) or final.get((problem, "random", 1)) or [1])
    for peer, w in columns:
        runs = final.get((problem, peer, w))
        row.append(f"{np.median(runs):.3g} ({len(runs)})" if runs else "-")
        alone = final.get((problem, peer, 1))
        if runs and alone: losses[peer, w] += list(np.log10(np.maximum(runs, floor) / max(np.median(alone), floor)))
    print(f"| {problem} | " + " | ".join(row) + " |")
print("| **mean loss, log10** | " + " | ".join(f"{np.mean(losses[c]):.2f}" if losses[c] else "-" for c in columns) + " |")
