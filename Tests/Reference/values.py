#!/usr/bin/env python3
"""Values of independent implementations, against which the tests hold Burette's own: values.py > values.json

Gaussian process: scikit-learn 1.9 (its zero mean made the generalized least-squares one by hand). Power transform: scipy 1.17.
Log expected improvement: mpmath with 80 digits. Run once: pip install scikit-learn scipy mpmath.
"""
import json

import mpmath
import numpy as np
from scipy.stats import yeojohnson
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel

FAR = 1e12  # a lengthscale at which a feature does not count
rng = np.random.default_rng(20261124)


def columns(x, nominal):
    """One-hot columns, two options at distance 1, for nominal features; which feature each column belongs to."""
    parts, owner = [], []
    for j in range(x.shape[1]):
        if j in nominal:
            options = sorted(set(x[:, j]) | {0.0, 1.0, 2.0})
            parts.append(np.stack([(x[:, j] == o) / np.sqrt(2) for o in options], 1))
            owner += [j] * len(options)
        else:
            parts.append(x[:, j : j + 1])
            owner.append(j)
    return np.concatenate(parts, 1), owner


def case(name, n, d, nominal, additivity, noise, variance=1.7, points=4):
    x = rng.random((n, d))
    for j in nominal: x[:, j] = rng.integers(0, 3, n)
    y = np.sin(5 * x[:, 0]) + (x[:, -1] - 0.3) ** 2 + 0.1 * rng.normal(size=n)
    l, q = np.exp(rng.normal(size=d) * 0.4), np.exp(rng.normal(size=d) * 0.4)
    at = rng.random((points, d))
    for j in nominal: at[:, j] = rng.integers(0, 3, points)
    z, owner = columns(np.concatenate([x, at]), nominal)
    zx, zat = z[:n], z[n:]
    kernel = ConstantKernel(variance * (1 - additivity)) * Matern([l[j] for j in owner], nu=2.5)
    for j in range(d):
        if additivity > 0:
            kernel = kernel + ConstantKernel(variance * additivity / d) * Matern([q[j] if o == j else FAR for o in owner], nu=2.5)
    kernel = kernel + WhiteKernel(noise)
    k = kernel(zx)
    mean = np.sum(np.linalg.solve(k, y)) / np.sum(np.linalg.solve(k, np.ones(n)))
    gp = GaussianProcessRegressor(kernel, optimizer=None, alpha=0).fit(zx, y - mean)
    value, slope = gp.log_marginal_likelihood(gp.kernel_.theta, eval_gradient=True)
    # theta in the order of the kernel: constant, lengthscales, [constant, lengthscales] a feature, noise.
    width = len(owner)
    tie = lambda part: [float(sum(part[c] for c in range(width) if owner[c] == j)) for j in range(d)]
    gradient = tie(slope[1 : 1 + width])
    if additivity > 0:
        single = [slope[(1 + j) * (1 + width) : (2 + j) * (1 + width)] for j in range(d)]
        gradient += [tie(single[j][1:])[j] for j in range(d)]
        constants = [s[0] for s in single]
        gradient += [float(-additivity * slope[0] + (1 - additivity) * sum(constants)), float(slope[0] + sum(constants))]
    else:
        gradient.append(float(slope[0]))
    gradient.append(float(slope[-1]))
    means, cov = gp.predict(zat, return_cov=True)
    return {"name": name, "nominal": sorted(nominal), "x": x.tolist(), "y": y.tolist(), "lengthscales": l.tolist(),
            "additive_lengthscales": q.tolist() if additivity > 0 else None, "additivity": additivity, "variance": variance,
            "noise": noise, "mean": float(mean), "log_likelihood": float(value), "gradient": gradient, "points": at.tolist(),
            "means": (means + mean).tolist(), "covariance": (cov - noise * np.eye(points)).tolist()}


def log_improvement(z):
    mpmath.mp.dps = 80
    z = mpmath.mpf(z)
    density = mpmath.exp(-z * z / 2) / mpmath.sqrt(2 * mpmath.pi)
    if z > -20: return float(mpmath.log(density + z * mpmath.erfc(-z / mpmath.sqrt(2)) / 2))
    t = -z  # phi(z) times the integral of u exp(-u^2 / 2 - t u)
    return float(mpmath.log(density) + mpmath.log(mpmath.quad(lambda u: u * mpmath.exp(-u * u / 2 - t * u), [0, 1 / t, 10 / t, 100 / t, 400 / t])))


values = np.array([-3.0, -0.7, 0.0, 0.4, 1.9, 12.0])
print(json.dumps({
    "processes": [case("joint", 9, 3, set(), 0.0, 1e-2), case("additive", 12, 2, set(), 0.35, 3e-3),
                  case("one option of three", 14, 3, {1}, 0.6, 5e-2), case("one feature", 6, 1, set(), 0.0, 1e-4),
                  case("hardly any noise", 10, 4, set(), 0.2, 1e-6)],
    "powers": [{"exponent": e, "values": values.tolist(), "transformed": yeojohnson(values, e).tolist()} for e in (-1.5, 0.0, 0.5, 1.0, 2.0, 3.2)],
    "log_improvements": [{"z": z, "value": log_improvement(z)} for z in (8, 3, 1, 0.1, 0, -0.5, -0.999, -1.001, -2.5, -2.999, -3.001, -5, -12, -40, -150, -1e3, -1e5, -1e7)],
}, indent=1))
