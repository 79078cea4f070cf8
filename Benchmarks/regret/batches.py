"""Planners whose experiments come in batches that share parameters: simple regret by batches.

    batches.py --peer burette='PATH/burette asktell {campaign}' --peer botorch --peer random [--seeds 10] [--out FILE]
    batches.py --summarise FILE ...

Burette is asked over the lines of `burette asktell`. BoTorch maximizes the joint logarithmic expected improvement of the
whole batch, with the shared parameters tied (the first batch is of a Sobol sequence, at one setting of the shared
parameters, as are all of `random`).
"""
import argparse, json, math, statistics, subprocess, sys, tempfile, warnings

import numpy

sys.path.insert(0, __file__.rsplit("/", 1)[0])
from problems import ackley, branin, hartmann6


def hartmann3(x):
    a = [[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]]
    p = [[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]]
    return -sum(
        c * math.exp(-sum(w * (v - q / 1e4) ** 2 for w, v, q in zip(row, x, at)))
        for c, row, at in zip((1.0, 1.2, 3.0, 3.2), a, p))


def furnace(x):
    """A temperature that decides the most, and a ridge: the best dopant depends on it."""
    t, hours, dopant, flux = x
    return 3 * (t - 0.62) ** 2 + 0.4 * (hours - 0.3) ** 2 + 2 * (dopant - 0.8 * t + 0.2) ** 2 + 0.5 * (flux - dopant) ** 2


# Parameters in [0, 1], how many of them are shared, samples a batch, the function, and its least value.
PROBLEMS = {
    "branin": (2, 1, 4, lambda x: branin([15 * x[0] - 5, 15 * x[1]]), 0.39788735772973816),
    "hartmann3": (3, 1, 4, hartmann3, -3.86278214782076),
    "hartmann6": (6, 2, 8, lambda x: hartmann6(numpy.array(x)), -3.32236801141551),
    "ackley4": (4, 2, 8, lambda x: ackley(numpy.array(x) * 4 - 1.3), 0.0),
    "dejong3": (3, 2, 4, lambda x: sum((10 * v - 5) ** 2 for v in x), 0.0),
    "furnace": (4, 2, 6, furnace, 0.0),
}
BATCHES = 8


class Asked:
    """A program that speaks the lines of `burette asktell`."""

    def __init__(self, command, name, seed):
        size, shared, count, _, _ = PROBLEMS[name]
        self.count, self.names = count, [f"x{i}" for i in range(size)]
        file = tempfile.NamedTemporaryFile("w", suffix=".yaml")
        rows = "".join(f"  - {{name: {n}, type: continuous, low: 0, high: 1}}\n" for n in self.names)
        file.write(
            f"campaign: {name}\nparameters:\n{rows}objectives: [{{name: f, goal: minimize}}]\nplanner: {{seed: {seed}}}\n"
            f"batches: {{size: {count}, shared: [{', '.join(self.names[:shared])}]}}\n")
        file.flush()
        self.file = file
        self.program = subprocess.Popen(
            command.replace("{campaign}", file.name), shell=True, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def ask(self):
        print(json.dumps({"ask": {"count": self.count}}), file=self.program.stdin, flush=True)
        answer = json.loads(self.program.stdout.readline())
        return [[r["parameters"][n] for n in self.names] for r in answer["recommendations"]]

    def tell(self, points, values):
        told = [{"parameters": dict(zip(self.names, x)), "values": {"f": v}} for x, v in zip(points, values)]
        print(json.dumps({"tell": told}), file=self.program.stdin, flush=True)


class Random:
    def __init__(self, name, seed):
        self.size, self.shared, self.count, _, _ = PROBLEMS[name]
        self.dice = numpy.random.default_rng(seed)

    def ask(self):
        common = self.dice.random(self.shared)
        return [[*common, *self.dice.random(self.size - self.shared)] for _ in range(self.count)]

    def tell(self, points, values):
        pass


class BoTorch(Random):
    """qLogExpectedImprovement of a whole batch, over the shared parameters once and the others of each sample."""

    def __init__(self, name, seed):
        super().__init__(name, seed)
        import torch

        torch.manual_seed(seed)
        warnings.filterwarnings("ignore")
        self.points, self.values = [], []

    def ask(self):
        import torch
        from botorch.acquisition import AcquisitionFunction, qLogExpectedImprovement
        from botorch.fit import fit_gpytorch_mll
        from botorch.models import SingleTaskGP
        from botorch.models.transforms import Standardize
        from botorch.optim import optimize_acqf
        from gpytorch.mlls import ExactMarginalLogLikelihood

        if not self.points:
            return super().ask()
        x = torch.tensor(self.points, dtype=torch.double)
        y = -torch.tensor(self.values, dtype=torch.double).unsqueeze(-1)
        model = SingleTaskGP(x, y, outcome_transform=Standardize(1))
        fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
        joint, (shared, count, size) = qLogExpectedImprovement(model, best_f=y.max()), (self.shared, self.count, self.size)

        def batch(flat):
            common = flat[..., :shared].unsqueeze(-2).expand(*flat.shape[:-1], count, shared)
            return torch.cat([common, flat[..., shared:].reshape(*flat.shape[:-1], count, size - shared)], -1)

        class Tied(AcquisitionFunction):
            def forward(self, flat):
                return joint(batch(flat.squeeze(-2)))

        free = shared + count * (size - shared)
        best, _ = optimize_acqf(
            Tied(model), torch.stack([torch.zeros(free), torch.ones(free)]).double(), q=1, num_restarts=8, raw_samples=256)
        return batch(best.squeeze(0)).tolist()

    def tell(self, points, values):
        self.points += points
        self.values += values


def run(name, seed, peer, command):
    """The simple regret after each batch."""
    _, shared, count, value, least = PROBLEMS[name]
    planner = Asked(command, name, seed) if command else {"botorch": BoTorch, "random": Random}[peer](name, seed)
    best, regrets = math.inf, []
    for _ in range(BATCHES):
        points = planner.ask()
        assert len(points) <= count and len({tuple(x[:shared]) for x in points}) == 1
        values = [value(x) for x in points]
        planner.tell(points, values)
        best = min(best, *values)
        regrets.append(best - least)
    return regrets


def summarise(files):
    rows = [json.loads(line) for file in files for line in open(file)]
    peers = list(dict.fromkeys(r["peer"] for r in rows))
    ranks = {peer: [] for peer in peers}
    print(f"| problem | {' | '.join(peers)} |\n| --- |{' --- |' * len(peers)}")
    for name in PROBLEMS:
        medians, cells = {}, []
        for peer in peers:
            finals = sorted(r["regrets"][-1] for r in rows if r["peer"] == peer and r["problem"] == name)
            if len(finals) < 2:
                cells.append("")
                continue
            low, medians[peer], high = statistics.quantiles(finals, n=4, method="inclusive")
            cells.append(f"{medians[peer]:.2g} ({low:.2g} to {high:.2g})")
        for peer, median in medians.items():
            others = [m for p, m in medians.items() if p != peer]
            ranks[peer].append(1 + sum(m < median for m in others) + 0.5 * sum(m == median for m in others))
        print(f"| {name} | {' | '.join(cells)} |")
    print("| mean rank |" + "|".join(f" {statistics.mean(r):.2f} " if r else " " for r in ranks.values()) + "|")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--peer", action="append", default=[])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--problems", default=",".join(PROBLEMS))
    parser.add_argument("--out")
    parser.add_argument("--summarise", nargs="+")
    options = parser.parse_args()
    if options.summarise:
        return summarise(options.summarise)
    out = open(options.out, "a") if options.out else sys.stdout
    for text in options.peer:
        peer, _, command = text.partition("=")
        for name in options.problems.split(","):
            for seed in range(options.first_seed, options.first_seed + options.seeds):
                row = {"peer": peer, "problem": name, "seed": seed, "regrets": run(name, seed, peer, command)}
                print(json.dumps(row, default=float), file=out, flush=True)


main()
