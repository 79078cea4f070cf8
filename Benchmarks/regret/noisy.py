"""Noise of 1 to 20 % of the range on spaces of all kinds: tables, where a point can be measured again only as the very same one,
mixed spaces, optima inside, at edges and in corners, and noise that differs from place to place. Tuned on together with the others, never alone.
"""
import math
import numpy as np

import others
from problems import PUBLIC, Problem, smooth

UNIT = [(0.0, 1.0)]


def with_noise(name, noise):
    known = next(p for p in PUBLIC + others.OTHERS if p.name == name)
    return Problem(name + "_noisy", known.parameters, known.f, known.optimum, known.budget, noise)


def corner4(x):  # better and better towards one corner, with an interaction
    return float((1 - x[0]) + .7 * x[1] + .5 * (1 - x[2]) * (1 + x[1]) + .3 * x[3] ** 2)
def edge5(x):  # best at two ends, three inside
    return float(2 * (x[0] - .3) ** 2 + 1.5 * (x[1] - .7) ** 2 + (x[2] - .45 - .2 * x[0]) ** 2 + .8 * x[3] + .5 * (1 - x[4]) ** 2)
def inside4(x):  # two valleys inside, the broader one is the worse one
    far = lambda c, w: math.exp(-float(np.sum(((np.asarray(x) - c) / w) ** 2)))
    return -far([.7, .3, .6, .4], .28) - .75 * far([.25, .7, .3, .6], .45)


def levels3(p):  # three instruments' settings in steps
    t, c, s = p["temperature"], p["concentration"], p["speed"]
    return -80 * math.exp(-((t - 68) / 22) ** 2 - ((c - 3.5) / 1.8) ** 2) - 0.015 * s * (1 - abs(t - 68) / 100)


LEVELS = [{"name": "temperature", "type": "discrete", "levels": [20.0 + 8 * i for i in range(11)]},
          {"name": "concentration", "type": "discrete", "levels": [0.5 * (i + 1) for i in range(12)]},
          {"name": "speed", "type": "discrete", "levels": [100.0, 200.0, 400.0, 800.0]}]

NOISY = [
    with_noise("table_a", 4.0), with_noise("table_c", 8.0), with_noise("suzuki", 5.0), with_noise("perovskites", 0.15),
    with_noise("hartmann_mixed", 0.15), with_noise("reaction", 4.0), with_noise("hartmann3", 0.1), with_noise("camel6", 1.0),
    others.searched("levels3_noisy", LEVELS, levels3, 40, 8.0),
    smooth("corner4_noisy", UNIT * 4, corner4, 0.0, 40, 0.25), smooth("edge5_noisy", UNIT * 5, edge5, 0.0, 40, 0.15),
    smooth("inside4_noisy", UNIT * 4, inside4, others.least([{"name": str(i), "type": "continuous", "low": 0.0, "high": 1.0} for i in range(4)],
                                                           lambda p: inside4(list(p.values()))), 50, 0.1),
]
