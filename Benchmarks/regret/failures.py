"""Failures and regret where measurements fail and nobody says where: 25 good measurements, one at a time.

    failures.py --burette PROGRAM [--seeds 10] [--attempts 120] [--without PART]
"""
import argparse, json, math, statistics, subprocess, tempfile

# Parameters, value (larger is better), whether a measurement comes to an end, and the best value there.
PROBLEMS = {
    "wall": (2, lambda x: x[0] + x[1], lambda x: x[0] <= 0.6, 1.6),
    "ring": (2, lambda x: -((x[0] - 0.5) ** 2 + (x[1] - 0.9) ** 2), lambda x: 0.3 <= math.hypot(x[0] - 0.5, x[1] - 0.5) <= 0.38, -(0.02**2)),
    "corner3": (3, lambda x: -((x[0] - 0.8) ** 2) - (x[1] - 0.3) ** 2 - x[2], lambda x: x[0] + x[1] <= 0.9, -0.02),
    "none": (2, lambda x: -((x[0] - 0.3) ** 2 + (x[1] - 0.7) ** 2), lambda x: True, 0),
    "unlucky": (2, lambda x: -((x[0] - 0.3) ** 2 + (x[1] - 0.7) ** 2), lambda x: (x[0] * 7919.13 % 1) > 0.25, 0),
}
GOOD = 25


def run(name, seed, options):
    """How many came to an end, how many failed, and the regret."""
    parameters, value, ends, best = PROBLEMS[name]
    with tempfile.TemporaryDirectory() as folder:
        space = "".join(f"  - {{name: x{i}, type: continuous, low: 0, high: 1}}\n" for i in range(parameters))
        path = f"{folder}/campaign.yaml"
        with open(path, "w") as file:
            file.write(
                f"campaign: {name}\nparameters:\n{space}objectives: [{{name: y, goal: maximize}}]\n"
                f"planner: {{seed: {seed}}}\nbudget: {{measurements: {GOOD}}}\n")
        words = [options.burette, "asktell", path] + (["--without", options.without] if options.without else [])
        planner = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        values, failed = [], 0
        while len(values) < GOOD and len(values) + failed < options.attempts:
            planner.stdin.write('{"ask": {}}\n')
            planner.stdin.flush()
            point = json.loads(planner.stdout.readline())["recommendations"][0]["parameters"]
            x = [point[f"x{i}"] for i in range(parameters)]
            if ends(x):
                values.append(value(x))
                told = {"tell": [{"parameters": point, "values": {"y": values[-1]}}]}
            else:
                failed += 1
                told = {"fail": [point]}
            planner.stdin.write(json.dumps(told) + "\n")
        planner.stdin.close()
        planner.wait()
    return len(values), failed, best - max(values) if values else math.inf


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--burette", required=True)
parser.add_argument("--seeds", type=int, default=10)
parser.add_argument("--attempts", type=int, default=120)
parser.add_argument("--without")
options = parser.parse_args()
print("| problem | good | failures | regret |\n| --- | --- | --- | --- |")
for name in PROBLEMS:
    runs = [run(name, seed, options) for seed in range(1, options.seeds + 1)]
    cells = [", ".join(f"{q:.3g}" for q in statistics.quantiles([one[i] for one in runs], n=4, method="inclusive")) for i in range(3)]
    print(f"| {name} | {' | '.join(cells)} |", flush=True)
