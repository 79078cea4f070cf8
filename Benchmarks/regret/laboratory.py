#!/usr/bin/env python3
"""Problems as laboratories have them, with known optima: optima at edges and corners, noise, nothing but zeros at first, plateaus, outliers,
and two measured data sets of Olympus (MIT licence; data/hplc.csv: 1,386 injections, Roch et al. 2020; data/autoam.csv: 100 printed lines, Deneault
et al. 2021) whose Gaussian-process mean stands for the instrument, with its residual as noise. Needs scikit-learn:

    regret.py --problems laboratory --peer optuna-gp --seeds 10 --out laboratory.jsonl
"""
import json, math, pathlib, warnings
import numpy as np
from problems import smooth, Problem
warnings.filterwarnings("ignore")
HERE = pathlib.Path(__file__).parent
UNIT = [(0.0, 1.0)]


def emulated(k, budget=40):
    from scipy.optimize import minimize
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
    c = json.loads((HERE / f"data/{k}.json").read_text()); d = np.genfromtxt(HERE / f"data/{k}.csv", delimiter=","); d = d[np.isfinite(d).all(1)]
    if len(d) > 500: d = d[np.random.default_rng(0).permutation(len(d))[:500]]
    names = [p["name"] for p in c["parameters"]]; lo = np.array([p["low"] for p in c["parameters"]], float); hi = np.array([p["high"] for p in c["parameters"]], float)
    sign = 1.0 if c["goal"] == "minimize" else -1.0
    x, y = (d[:, :len(names)] - lo) / (hi - lo), sign * d[:, len(names)]; m, sd = y.mean(), y.std()
    g = GaussianProcessRegressor(ConstantKernel(1.0) * Matern(np.ones(len(names)), (.05, 20), 2.5) + WhiteKernel(.05, (1e-4, 1)), n_restarts_optimizer=2, random_state=0).fit(x, (y - m) / sd)
    w, core = np.linalg.solve(g.kernel_(x) + 1e-10 * np.eye(len(x)), (y - m) / sd), g.kernel_.k1
    f = lambda v: float(m + sd * (core(np.atleast_2d(v), x) @ w)[0])
    r = np.random.default_rng(1).random((20000, len(names))); p = core(r, x) @ w
    best = min(minimize(f, r[i], bounds=UNIT * len(names)).fun for i in np.argsort(p)[:15])
    parameters = [{"name": n, "type": "continuous", "low": float(a), "high": float(b)} for n, a, b in zip(names, lo, hi)]
    of = lambda q: f([(q[n] - a) / (b - a) for n, a, b in zip(names, lo, hi)])
    return [Problem(k, parameters, of, best, budget), Problem(k + "_noisy", parameters, of, best, budget, float(sd * np.sqrt(g.kernel_.k2.noise_level)))]


def saturation3(x):  # a yield that every parameter raises, each less and less: the optimum is a corner
    return -100 * math.prod(1 - math.exp(-(0.15 + k * v)) for k, v in zip((2.5, 1.0, 1.7), x))
def edges6(x):  # four parameters best at an end, two inside, two interactions
    return 3 * (x[0] - .62) ** 2 + 2 * (x[1] - .4 - .2 * x[3]) ** 2 + .9 * x[2] + .6 * (1 - x[3]) + .4 * x[4] * (1.2 - x[0]) + .3 * (1 - x[5]) ** 2
def zeros4(x):  # nothing comes out of nine tenths of the space
    return -max(0.0, 1 - float(np.sum(((np.asarray(x) - [.28, .66, .41, .74]) / [.42, .38, .45, .40]) ** 2)))
def cornerpeak4(x):  # nearly flat, but for a peak at an edge of three ranges at once
    return -12 - 2 * x[1] - 90 * math.exp(-float(np.sum(((np.asarray(x) - [0.0, .38, 1.0, 1.0]) / [.27, .22, .3, .25]) ** 2)))
def steps3(x): return -float(np.floor(10 * math.exp(-3 * float(np.sum((np.asarray(x) - [.35, .7, .2]) ** 2)))))


def minimum(f, d):
    from scipy.optimize import minimize
    p = np.random.default_rng(1).random((4000, d)); v = [f(q) for q in p]
    return min([min(v)] + [minimize(f, p[i], bounds=UNIT * d).fun for i in np.argsort(v)[:20]])


def laboratory():
    s, e = saturation3(np.ones(3)), minimum(edges6, 6)
    own = [smooth("saturation3", UNIT * 3, saturation3, s, 30), smooth("saturation3_noisy", UNIT * 3, saturation3, s, 30, 4.0), smooth("edges6", UNIT * 6, edges6, e, 40),
           smooth("edges6_noisy", UNIT * 6, edges6, e, 40, .12), smooth("zeros4", UNIT * 4, zeros4, -1.0, 50), smooth("zeros4_noisy", UNIT * 4, zeros4, -1.0, 50, .02), smooth("steps3", UNIT * 3, steps3, -10.0, 40),
           smooth("cornerpeak4", UNIT * 4, cornerpeak4, minimum(cornerpeak4, 4), 40), smooth("cornerpeak4_noisy", UNIT * 4, cornerpeak4, minimum(cornerpeak4, 4), 40, 1.5)]
    return own + emulated("hplc") + emulated("autoam")

