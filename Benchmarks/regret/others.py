"""Problems of the same kinds as the public ones, to see whether a recipe holds where it was not tuned: smooth, multimodal,
heavy-tailed, noisy, mixed and full-factorial. Optima lie off the centre of their boxes.

Sources: Surjanovic & Bingham's library of test functions; the reaction is a first-order one with Arrhenius rates.
"""
import itertools, math
import numpy as np

from problems import MIXED, Problem, branin, hartmann6, levy, rosenbrock, smooth, styblinski_tang, ackley

A3 = np.array([[3, 10, 30], [0.1, 10, 35], [3, 10, 30], [0.1, 10, 35]])
P3 = 1e-4 * np.array([[3689, 1170, 2673], [4699, 4387, 7470], [1091, 8732, 5547], [381, 5743, 8828]])
ALPHA = np.array([1, 1.2, 3, 3.2])
SHEKEL_C = np.array([[4, 1, 8, 6, 3, 2, 5, 8, 6, 7], [4, 1, 8, 6, 7, 9, 3, 1, 2, 3.6]] * 2)
SHEKEL_B = np.array([1, 2, 2, 4, 4, 6, 3, 7, 5, 5]) / 10


def hartmann3(x): return -np.sum(ALPHA * np.exp(-np.sum(A3 * (x - P3) ** 2, 1)))
def camel6(x): return (4 - 2.1 * x[0] ** 2 + x[0] ** 4 / 3) * x[0] ** 2 + x[0] * x[1] + (-4 + 4 * x[1] ** 2) * x[1] ** 2
def griewank(x): return np.sum(x * x) / 4000 - np.prod(np.cos(x / np.sqrt(np.arange(1, len(x) + 1)))) + 1
def rastrigin(x): return 10 * len(x) + np.sum(x * x - 10 * np.cos(2 * math.pi * x))
def michalewicz(x): return -np.sum(np.sin(x) * np.sin(np.arange(1, len(x) + 1) * x * x / math.pi) ** 20)
def shekel(x): return -np.sum(1 / (np.sum((x[:, None] - SHEKEL_C) ** 2, 0) + SHEKEL_B))
def alpine(x): return np.sum(np.abs(x * np.sin(x) + 0.1 * x))
def schwefel(x): return 418.9828872724339 * len(x) - np.sum(x * np.sin(np.sqrt(np.abs(x))))
def dixon_price(x): return (x[0] - 1) ** 2 + np.sum(np.arange(2, len(x) + 1) * (2 * x[1:] ** 2 - x[:-1]) ** 2)
def powell(x): return (x[0] + 10 * x[1]) ** 2 + 5 * (x[2] - x[3]) ** 2 + (x[1] - 2 * x[2]) ** 4 + 10 * (x[0] - x[3]) ** 4


def zakharov(x):
    s = np.sum(0.5 * np.arange(1, len(x) + 1) * x)
    return np.sum(x * x) + s**2 + s**4


def goldstein_price(x):
    a, b = x
    return ((1 + (a + b + 1) ** 2 * (19 - 14 * a + 3 * a * a - 14 * b + 6 * a * b + 3 * b * b))
            * (30 + (2 * a - 3 * b) ** 2 * (18 - 32 * a + 12 * a * a + 48 * b - 36 * a * b + 27 * b * b)))


def ellipsoid(x): return np.sum(np.arange(1, len(x) + 1) * (x - 0.3 * np.sin(np.arange(len(x)))) ** 2)


OFFSET = {"a": 0.0, "b": 0.3, "c": -0.2, "d": 1.0}


def mixed_hartmann(p):
    return hartmann6(np.array([p["x0"], p["x1"], p["x2"], p["x3"], p["level"], 0.6573])) * (1 - 0.15 * OFFSET[p["kind"]])


def mixed_ackley(p):
    shift = {"red": 0.0, "green": 4.0, "blue": -6.0}[p["colour"]]
    return ackley(np.array([p["x0"], p["x1"] + shift, p["n"] - 3, p["m"]])) + (0 if p["colour"] == "green" else 1)


SOLVENTS = {"water": (1.0, 0.0), "ethanol": (1.4, 2.0), "THF": (2.2, 6.0), "toluene": (0.6, -3.0), "DMF": (2.0, 4.0)}


def reaction(p):
    """Minus the yield of B in A -> B -> C, in percent."""
    k, e = SOLVENTS[p["solvent"]]
    t = p["temperature"] + 273.15
    load = p["loading"] / (p["loading"] + 0.02)
    k1 = k * load * 2e6 * math.exp(-(52e3 + 500 * e) / (8.314 * t)) * 40
    k2 = 1e9 * math.exp(-(78e3 - 900 * e) / (8.314 * t))
    s = p["time"]
    b = k1 * s * math.exp(-k1 * s) if abs(k1 - k2) < 1e-12 else k1 / (k2 - k1) * (math.exp(-k1 * s) - math.exp(-k2 * s))
    return -100 * b


REACTION = [{"name": "temperature", "type": "continuous", "low": 20.0, "high": 120.0},
            {"name": "time", "type": "continuous", "low": 1.0, "high": 2000.0, "scale": "log"},
            {"name": "loading", "type": "discrete", "levels": [0.005, 0.01, 0.02, 0.05, 0.1]},
            {"name": "solvent", "type": "categorical", "options": list(SOLVENTS)}]


def least(parameters, f, starts=4000, seed=0):
    """The least value that a long random and local search finds."""
    rng, best, at = np.random.default_rng(seed), math.inf, None
    draw = lambda q: (float(rng.uniform(q["low"], q["high"])) if q["type"] == "continuous" else
                      (q.get("levels") or q["options"])[rng.integers(len(q.get("levels") or q["options"]))])
    for _ in range(starts):
        p = {q["name"]: draw(q) for q in parameters}
        if f(p) < best: best, at = f(p), p
    scale = 0.3
    for step in range(12000):
        p = dict(at)
        for q in parameters:
            if rng.random() < 0.5: continue
            if q["type"] == "continuous": p[q["name"]] = float(min(q["high"], max(q["low"], at[q["name"]] + scale * (q["high"] - q["low"]) * rng.normal())))
            elif rng.random() < 0.3: p[q["name"]] = draw(q)
        if f(p) < best: best, at = f(p), p
        scale = max(1e-7, scale * 0.9988)
    return best


def searched(name, parameters, f, budget, noise=0.0): return Problem(name, parameters, f, least(parameters, f), budget, noise)


def factorial(name, seed, sizes, budget):
    """A full-factorial table like those of chemistry: main effects, two-way interactions, a ceiling and a heavy lower tail."""
    rng = np.random.default_rng(seed)
    main = [rng.normal(size=n) * w for n, w in zip(sizes, rng.uniform(0.3, 1.5, len(sizes)))]
    pair = {(i, j): 0.6 * rng.normal(size=(sizes[i], sizes[j])) for i in range(len(sizes)) for j in range(i)}
    table = {}
    for c in itertools.product(*[range(n) for n in sizes]):
        z = sum(m[k] for m, k in zip(main, c)) + sum(t[c[i], c[j]] for (i, j), t in pair.items()) + 0.15 * rng.normal()
        table[c] = -100 / (1 + math.exp(1.5 - z))
    parameters = [{"name": f"p{i}", "type": "categorical", "options": [f"o{k}" for k in range(n)]} for i, n in enumerate(sizes)]
    return Problem(name, parameters, lambda p: table[tuple(int(p[f"p{i}"][1:]) for i in range(len(sizes)))], min(table.values()), budget)


OTHERS = [
    smooth("hartmann3", [(0, 1)] * 3, hartmann3, -3.86278214782076, budget=30),
    smooth("camel6", [(-3, 2.5), (-2, 1.7)], camel6, -1.031628453489877, budget=30),
    smooth("goldstein2", [(-2, 2)] * 2, goldstein_price, 3.0, budget=40),
    smooth("griewank4", [(-30, 50)] * 4, griewank, 0.0),
    smooth("rastrigin3", [(-4.1, 5.12)] * 3, rastrigin, 0.0),
    smooth("michalewicz5", [(0, math.pi)] * 5, michalewicz, -4.687658179, budget=60),
    smooth("shekel4", [(0, 10)] * 4, shekel, -10.536409816692),
    smooth("alpine6", [(-8, 10)] * 6, alpine, 0.0),
    smooth("schwefel3", [(-500, 500)] * 3, schwefel, 0.0),
    smooth("dixonprice5", [(-8, 10)] * 5, dixon_price, 0.0),
    smooth("powell4", [(-4, 5)] * 4, powell, 0.0),
    smooth("zakharov5", [(-5, 10)] * 5, zakharov, 0.0),
    smooth("ellipsoid10", [(-2, 3)] * 10, ellipsoid, 0.0, budget=60),
    smooth("hartmann6_noisy", [(0, 1)] * 6, hartmann6, -3.322368011391339, noise=0.3),
    smooth("levy6_noisy", [(-10, 10)] * 6, levy, 0.0, noise=8.0, budget=60),
    smooth("styblinski4_noisy", [(-5, 5)] * 4, styblinski_tang, -39.16616570377142 * 4, noise=15.0),
    smooth("rosenbrock2_noisy", [(-2, 2.5)] * 2, rosenbrock, 0.0, noise=60.0, budget=40),
    searched("hartmann_mixed", [{"name": f"x{i}", "type": "continuous", "low": 0.0, "high": 1.0} for i in range(4)] + [
        {"name": "level", "type": "discrete", "levels": [i / 8 for i in range(9)]},
        {"name": "kind", "type": "categorical", "options": list(OFFSET)}], mixed_hartmann, 50),
    searched("ackley_mixed", [{"name": "x0", "type": "continuous", "low": -12.0, "high": 20.0},
                              {"name": "x1", "type": "continuous", "low": -20.0, "high": 12.0},
                              {"name": "n", "type": "discrete", "levels": [float(i) for i in range(11)]},
                              {"name": "m", "type": "discrete", "levels": [2.0 * i for i in range(-4, 7)]},
                              {"name": "colour", "type": "categorical", "options": ["red", "green", "blue"]}], mixed_ackley, 50),
    searched("reaction", REACTION, reaction, 40),
    factorial("table_a", 1, [4, 12, 7, 4, 3], 50),
    factorial("table_b", 2, [15, 15, 6], 50),
    factorial("table_c", 5, [6, 3, 3, 4, 5, 2], 50),
]
