#!/usr/bin/env python3
"""What one ask costs, seen from outside: n measurements of Hartmann's function are told, then one experiment is asked for, three
others pending; each further ask follows one more measurement.

    asks.py --burette ../../.build/release/burette [--peers botorch,optuna-gp] [--told 30,100,1000]
"""
import argparse, statistics, time

import numpy as np

import regret
from problems import PUBLIC

ASKS = {30: 9, 100: 9, 1000: 5, 10000: 3}


def told(peer, label, problem, points):
    """Tells a planner of measurements that it did not ask for."""
    if label.startswith("optuna"):
        import optuna
        distributions = {q["name"]: optuna.distributions.FloatDistribution(q["low"], q["high"]) for q in problem.parameters}
        peer.study.add_trials([optuna.trial.create_trial(params=p, distributions=distributions, value=problem.f(p)) for p in points])
    else:
        for p in points: peer.tell(p, problem.f(p))


def main():
    a = argparse.ArgumentParser(description=__doc__)
    a.add_argument("--burette", required=True); a.add_argument("--peers", default="botorch,optuna-gp"); a.add_argument("--told", default="30,100,1000,10000")
    o = a.parse_args()
    problem = next(p for p in PUBLIC if p.name == "hartmann6")
    minimum = np.array([0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573])
    print("| told | planner | first ask, s | median of the next, s |\n|---|---|---|---|")
    for n in map(int, o.told.split(",")):
        rng = np.random.default_rng(1)
        rows = [rng.random(6) if i % 2 == 0 else np.clip(minimum + 0.15 * rng.normal(size=6), 0, 1) for i in range(n + ASKS.get(n, 3) + 3)]
        points = [{f"x{i}": float(v) for i, v in enumerate(row)} for row in rows]
        pending = points[-3:]
        for label in ["burette", *o.peers.split(",")]:
            if n > 1000 and label != "burette": continue  # minutes and gigabytes
            name, make = regret.peer(f"burette={o.burette} asktell {{campaign}}" if label == "burette" else label)
            peer = make(problem, 0, 10)
            if label == "botorch": peer.asked = 10  # its initial design is over
            told(peer, label, problem, points[:n])
            seconds = []
            for k in range(ASKS.get(n, 3)):
                began = time.perf_counter(); peer.ask(pending); seconds.append(time.perf_counter() - began)
                told(peer, label, problem, [points[n + k]])
            print(f"| {n} | {label} | {seconds[0]:.4f} | {statistics.median(seconds[1:]):.4f} |", flush=True)
            if hasattr(peer, "close"): peer.close()


if __name__ == "__main__": main()
