#!/usr/bin/env python3
"""long.py --peer NAME=COMMAND ... [--told 3000] [--seeds 4] [--asks 30] [--problems ...]: campaigns with thousands of measurements.

So many measurements at random points are told; then one experiment after another is asked for and told. A row is the median, over the seeds, of
the simple regret before and after the asks, of the regret of the recommended point, and of the seconds of an ask.

    long.py --peer 'part=../../.build/release/burette asktell {campaign}' --peer 'all=../../.build/release/burette asktell {campaign} --without subset'
"""
import argparse, statistics, time

import numpy as np

import regret


def campaign(make, problem, told, asks, seed):
    random = np.random.default_rng(seed)
    planner = make(problem, seed, 10)
    best = np.inf
    def measure(point):
        nonlocal best
        value = problem.f(point); best = min(best, value)
        planner.tell(point, value + problem.noise * random.standard_normal())
    for _ in range(told): measure({q["name"]: float(random.uniform(q["low"], q["high"])) for q in problem.parameters})
    before, seconds = best, []
    for _ in range(asks):
        began = time.perf_counter(); point = planner.ask([]); seconds.append(time.perf_counter() - began)
        measure(point)
    recommended = problem.f(planner.best())
    planner.close()
    return [v - problem.optimum for v in (before, best, recommended)] + [statistics.median(seconds)]


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--peer", action="append", required=True); a.add_argument("--problems", default="hartmann6,rosenbrock4,ackley5_noisy")
    a.add_argument("--told", type=int, default=3000); a.add_argument("--asks", type=int, default=30); a.add_argument("--seeds", type=int, default=4)
    o = a.parse_args()
    print("| problem | told | planner | before | after | recommended | an ask, s |\n|---|---|---|---|---|---|---|")
    for problem in regret.chosen(o.problems):
        problem.budget = o.told + o.asks
        for spec in o.peer:
            label, make = regret.peer(spec)
            runs = [campaign(make, problem, o.told, o.asks, seed) for seed in range(o.seeds)]
            cells = [statistics.median(column) for column in zip(*runs)]
            print(f"| {problem.name} | {o.told} | {label} | " + " | ".join(f"{c:.3g}" for c in cells) + " |", flush=True)


if __name__ == "__main__": main()
