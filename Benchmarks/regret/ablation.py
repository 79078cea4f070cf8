#!/usr/bin/env python3
"""ablation.py [--problems SET,...] RANDOM.jsonl ... -- RUNS.jsonl ...: what each variant of a planner reaches, by kind of problem.

A cell is the mean of log10(final regret / random search's median), regrets below a thousandth of that counting as a thousandth: -1 is a
tenth of random search's regret, 0.1 more is a quarter more regret. Variants are the peers' names in the runs; the first is the whole.
"""
import collections, json, sys

import numpy as np

from regret import chosen

KINDS = ("smooth", "noisy", "mixed", "table")


def kind(problem):
    types = {q["type"] for q in problem.parameters}
    return "noisy" if problem.noise else "table" if types == {"categorical"} else "smooth" if types == {"continuous"} else "mixed"


def runs(paths):
    for path in paths:
        for line in open(path):
            r = json.loads(line)
            if "regret" in r: yield r


sets = "public,others,noisy"
if sys.argv[1] == "--problems":
    sets = sys.argv[2]
    del sys.argv[1:3]
split = sys.argv.index("--")
random, final, variants = collections.defaultdict(list), collections.defaultdict(list), []
for r in runs(sys.argv[1:split]):
    if r["peer"] == "random": random[r["problem"]].append(r["regret"][-1])
for r in runs(sys.argv[split + 1:]):
    if r["peer"] not in variants: variants.append(r["peer"])
    scale = np.median(random[r["problem"]])
    final[r["peer"], r["problem"]].append(np.log10(max(r["regret"][-1] / scale, 1e-3)))
kinds = {p.name: kind(p) for p in chosen(sets)}
there = [k for k in KINDS if k in kinds.values()]
print("| without | " + " | ".join(f"{k} ({sum(v == k for v in kinds.values())})" for k in there) + " | all | regret, times the whole's |\n|"
      + "---|" * (len(there) + 3))
for v in variants:
    by = {k: np.mean([np.mean(final[v, p]) for p in kinds if kinds[p] == k]) for k in there}
    every, whole = (np.mean([np.mean(final[w, p]) for p in kinds]) for w in (v, variants[0]))
    print(f"| {v} | " + " | ".join(f"{by[k]:.2f}" for k in there) + f" | {every:.2f} | {10 ** (every - whole):.2f} |")
