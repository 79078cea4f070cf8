"""Stand-ins for the instruments of the ten campaigns beside this file: each answers after a moment, as a real one would
after minutes or days. Put your own function in their place."""

import math
import random


def failed(reason: str, kind: str) -> dict:
    """What a function returns for an experiment that failed."""
    return {"failed": reason, "kind": kind}


def bump(value: float, best: float, width: float) -> float:
    """1 at the best value, and less the further away."""
    return math.exp(-(((value - best) / width) ** 2))


def reaction(temperature, time, loading, solvent):
    polarity = {"water": 80.1, "THF": 7.6, "DMF": 36.7, "toluene": 2.4}[solvent]
    best = bump(temperature, 75, 30) * bump(math.log10(loading), 0.3, 0.8) * bump(polarity, 30, 40)
    return 90 * best * (1 - math.exp(-time / 40)) + random.gauss(0, 0.5)


def blend(donor_1, donor_2, acceptor_1, acceptor_2):
    return 8 * bump(donor_1, 0.35, 0.3) * bump(acceptor_2, 0.4, 0.3) * (1 - donor_2 / 2) * (1 - acceptor_1 / 4)


def formulation(**percent):
    sums = sum(weight * bump(percent[name], 6, 4) for name, weight in zip("abcdefgh", (1, 3, 0.5, 2, 0.2, 2.5, 0.1, 1)))
    return 10 + sums


def plate(wells):
    """Takes a whole plate, a list of wells, and yields what each of them gives."""
    for well in wells:
        ph = 7 - math.log10(1 + well["acid"]) + 1.3 * math.log10(1 + well["base"])
        yield -abs(7.4 - ph) - ((well["temperature"] - 37) / 20) ** 2


def distillation(temperature, pressure, solvent):
    return {"ether": 20, "THF": 40, "DMF": 60}[solvent] * bump(temperature, 70, 40) * (1 - pressure / 300)


def coupling(catalyst, temperature, loading=None, ligand=None):
    value = 30 * bump(temperature, 80, 40)
    if loading is not None:
        value += (50 if catalyst == "Pd" else 25) * bump(math.log10(loading), 0, 1)
    return value + (15 if ligand == "XPhos" else 0)


def flow(rate, concentration):
    if rate * concentration > 3:
        return failed("the reactor clogged", "infeasible")
    return rate * concentration * bump(rate, 4, 4)


attempts = 0


def robot(volume, speed):
    global attempts
    attempts += 1
    if attempts % 6 == 3:
        return failed("the needle was bent", "accident")
    return 100 * bump(volume, 30, 15) * bump(speed, 2, 1.5)


def chromatography(column, temperature, flow):
    best = {"C18": 1, "phenyl": 1.3, "HILIC": 0.7}[column]
    return best * bump(temperature, 45, 20) * bump(flow, 0.8, 0.5)


def annealing(temperature, hours):
    return 10 * bump(temperature, 520, 150) * (1 - math.exp(-hours / 2)) + random.gauss(0, 0.05)
