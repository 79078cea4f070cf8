"""Planners where measurements fail and nobody says where: simple regret by attempts, and the part of attempts that failed.

    failures.py --peer NAME=COMMAND ... [--seeds 10] [--problems wall,ring] [--out FILE]
    failures.py --summarise FILE ...

A command is a program that speaks the lines of `burette asktell`, with {campaign} for the campaign file, such as
'burette=PATH/burette asktell {campaign}' or 'optuna-gp=python3 peers.py optuna-gp {campaign}'. The strategy in a name,
'burette/weighted=...', is written into the campaign file. A campaign has 25 good measurements at most, one at a time, and
60 attempts at most.
"""
import argparse, itertools, json, math, random, statistics, subprocess, sys, tempfile

ATTEMPTS, GOOD, EARLY = 60, 25, 30


def branin(x):
    a, b = 15 * x[0] - 5, 15 * x[1]
    return (b - 5.1 / (4 * math.pi**2) * a * a + 5 / math.pi * a - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(a) + 10


def dejong(x):
    return sum((10 * v - 5) ** 2 for v in x)


def ellipsoid(x):
    return sum((i + 1) * (10 * v - 5) ** 2 for i, v in enumerate(x))


def table(seed):
    """A table of 6 x 6 x 5 options, a third of its cells infeasible, as certain options make it likely."""
    dice = random.Random(seed)
    good = [[dice.gauss(0, 1) for _ in range(6)] for _ in range(3)]
    bad = [[dice.gauss(0, 1) for _ in range(6)] for _ in range(3)]
    cells = list(itertools.product(range(6), range(6), range(5)))
    risk = lambda x: sum(row[i] for row, i in zip(bad, x))
    limit = sorted(map(risk, cells))[len(cells) * 2 // 3]
    return lambda x: -sum(row[i] for row, i in zip(good, x)) - 0.7 * good[0][x[0]] * good[1][x[1]], lambda x: risk(x) <= limit


# Parameters (how many continuous ones in [0, 1], or the numbers of options), the value, of which less is better, and whether a
# measurement comes to an end.
PROBLEMS = {
    "wall": (2, lambda x: -x[0] - x[1], lambda x: x[0] <= 0.6),
    "ring": (2, lambda x: (x[0] - 0.5) ** 2 + (x[1] - 0.9) ** 2, lambda x: 0.3 <= math.hypot(x[0] - 0.5, x[1] - 0.5) <= 0.38),
    "corner3": (3, lambda x: (x[0] - 0.8) ** 2 + (x[1] - 0.3) ** 2 + x[2], lambda x: x[0] + x[1] <= 0.9),
    "branin-disk": (2, branin, lambda x: math.hypot(x[0] - 0.5, x[1] - 0.5) <= 0.35),
    "branin-bands": (2, branin, lambda x: abs(math.sin(4 * x[0] + 3 * x[1])) <= 0.75),
    "dejong3-half": (3, dejong, lambda x: x[0] + x[1] + x[2] >= 1.7),
    "ellipsoid4-slab": (4, ellipsoid, lambda x: abs(x[0] - x[1]) >= 0.15 and x[2] <= 0.7),
    "table1": ((6, 6, 5), *table(1)),
    "table2": ((6, 6, 5), *table(2)),
    "unlucky": (2, branin, lambda x: x[0] * 7919.13 % 1 > 0.25),
    "none": (2, branin, lambda x: True),
}


def optimum(parameters, value, ends):
    """The least value at a point that comes to an end: of all, or by random search and its refinement."""
    if isinstance(parameters, tuple):
        return min(value(x) for x in itertools.product(*map(range, parameters)) if ends(x))
    dice, best, at = random.Random(0), math.inf, None
    for step in range(300_000):
        scale = 0.3 * 0.5 ** (step // 20_000)
        x = [dice.random() if step < 60_000 else min(1, max(0, v + dice.gauss(0, scale))) for v in at or [0] * parameters]
        if ends(x) and value(x) < best:
            best, at = value(x), x
    return best


def run(name, seed, peer, command):
    """What came of each attempt: a value, or None."""
    parameters, value, ends = PROBLEMS[name]
    counts = parameters if isinstance(parameters, tuple) else [0] * parameters
    lines = [f"campaign: {name}", "parameters:"]
    for i, count in enumerate(counts):
        options = ", ".join(f"o{j}" for j in range(count))
        domain = f"categorical, options: [{options}]" if count else "continuous, low: 0, high: 1"
        lines.append(f"  - {{name: x{i}, type: {domain}}}")
    lines += ["objectives: [{name: f, goal: minimize}]", "planner:", f"  seed: {seed}"]
    if "/" in peer:
        lines.append(f"  failures: {{strategy: {peer.split('/')[1]}}}")
    lines.append(f"budget: {{measurements: {GOOD}}}")
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/campaign.yaml"
        with open(path, "w") as file:
            file.write("\n".join(lines) + "\n")
        planner = subprocess.Popen(command.replace("{campaign}", path).split(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        outcomes = []
        while len(outcomes) < ATTEMPTS and sum(one is not None for one in outcomes) < GOOD:
            planner.stdin.write('{"ask": {}}\n')
            planner.stdin.flush()
            answer = json.loads(planner.stdout.readline())["recommendations"]
            if not answer:
                break
            point = answer[0]["parameters"]
            x = [int(point[f"x{i}"][1:]) if count else point[f"x{i}"] for i, count in enumerate(counts)]
            outcomes.append(value(x) if ends(x) else None)
            told = {"tell": [{"parameters": point, "values": {"f": outcomes[-1]}}]} if ends(x) else {"fail": [point]}
            planner.stdin.write(json.dumps(told) + "\n")
        planner.stdin.close()
        planner.wait()
    return outcomes


def quartiles(numbers):
    return ", ".join(f"{q:.2g}" for q in statistics.quantiles(numbers, n=4, method="inclusive"))


def summarise(files):
    runs, ranks = {}, {}
    for line in (json.loads(line) for file in files for line in open(file)):
        runs.setdefault(line["problem"], {}).setdefault(line["peer"], []).append(line["outcomes"])
    print(f"| problem | peer | seeds | regret after {EARLY} attempts | final regret | part that failed |\n| --- | --- | --- | --- | --- | --- |")
    for name, peers in runs.items():
        best = optimum(*PROBLEMS[name])
        worst = max(value for outcomes in peers.values() for one in outcomes for value in one if value is not None)

        def regret(outcomes, attempts):
            return max(0, min([worst] + [value for value in outcomes[:attempts] if value is not None]) - best)

        medians = {}
        for peer, outcomes in sorted(peers.items()):
            early, final = ([regret(one, most) for one in outcomes] for most in (EARLY, ATTEMPTS))
            failed = [sum(value is None for value in one) / len(one) for one in outcomes]
            medians[peer] = statistics.median(early)
            print(f"| {name} | {peer} | {len(outcomes)} | {quartiles(early)} | {quartiles(final)} | {quartiles(failed)} |")
        for peer, median in medians.items():
            below, same = (sum(test(other, median) for other in medians.values()) for test in (float.__lt__, float.__eq__))
            ranks.setdefault(peer, []).append(below + (same + 1) / 2)
    print(f"\n| peer | mean rank by the median regret after {EARLY} attempts |\n| --- | --- |")
    for peer, all in sorted(ranks.items(), key=lambda item: statistics.mean(item[1])):
        print(f"| {peer} | {statistics.mean(all):.2f} |")


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--peer", action="append", default=[])
parser.add_argument("--seeds", type=int, default=10)
parser.add_argument("--problems", default=",".join(PROBLEMS))
parser.add_argument("--out", default="failures.jsonl")
parser.add_argument("--summarise", nargs="+")
options = parser.parse_args()
if options.summarise:
    sys.exit(summarise(options.summarise))
with open(options.out, "a") as out:
    for name, entry, seed in itertools.product(options.problems.split(","), options.peer, range(1, options.seeds + 1)):
        peer, command = entry.split("=", 1)
        line = {"problem": name, "peer": peer, "seed": seed, "outcomes": run(name, seed, peer, command)}
        out.write(json.dumps(line) + "\n")
        out.flush()
