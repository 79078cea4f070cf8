"""Other planners behind the lines of `burette asktell`, told of failures as their documentation has it.

    peers.py optuna-tpe|optuna-gp|botorch|random CAMPAIGN

Optuna: constraints_func, 1 for a trial that failed and -1 for one that did not; a failed trial has the worst value so far.
BoTorch: logarithmic expected improvement of a SingleTaskGP, constrained by a second one of 1 for failures and -1 for others.
"""
import itertools, json, sys, warnings

import yaml

warnings.filterwarnings("ignore")
kind, path = sys.argv[1:]
campaign = yaml.safe_load(open(path))
parameters, seed = campaign["parameters"], campaign["planner"]["seed"]
INITIAL = min(10, max(2, 2 * len(parameters)))
told = []  # (point, value or None)


def worst():
    return max((value for _, value in told if value is not None), default=0.0)


def optuna_planner():
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    options = {"seed": seed, "n_startup_trials": INITIAL, "constraints_func": lambda trial: trial.user_attrs["constraint"]}
    sampler = optuna.samplers.TPESampler(**options) if kind == "optuna-tpe" else optuna.samplers.GPSampler(**options)
    study = optuna.create_study(sampler=sampler)
    trials = []

    def ask():
        for trial, (_, value) in list(zip(trials, told))[sum(t.state.is_finished() for t in study.trials):]:
            trial.set_user_attr("constraint", [1.0 if value is None else -1.0])
            study.tell(trial, worst() if value is None else value)
        trial = study.ask()
        trials.append(trial)
        return {
            one["name"]: trial.suggest_float(one["name"], one["low"], one["high"])
            if one["type"] == "continuous" else trial.suggest_categorical(one["name"], one["options"])
            for one in parameters}

    return ask


def botorch_planner():
    import torch
    from botorch.acquisition import qLogExpectedImprovement
    from botorch.acquisition.objective import GenericMCObjective
    from botorch.fit import fit_gpytorch_mll
    from botorch.models import MixedSingleTaskGP, ModelListGP, SingleTaskGP
    from botorch.models.transforms import Standardize
    from botorch.optim import optimize_acqf, optimize_acqf_discrete
    from gpytorch.mlls import ExactMarginalLogLikelihood

    torch.manual_seed(seed)
    is_table = parameters[0]["type"] == "categorical"
    sobol = torch.quasirandom.SobolEngine(len(parameters), scramble=True, seed=seed).draw(256, dtype=torch.double)
    columns = list(range(len(parameters)))
    codes = lambda point: [p["options"].index(point[p["name"]]) if is_table else (point[p["name"]] - p["low"]) / (p["high"] - p["low"]) for p in parameters]

    def point(x):
        return {
            p["name"]: p["options"][min(len(p["options"]) - 1, int(v))] if is_table else p["low"] + (p["high"] - p["low"]) * v
            for p, v in zip(parameters, x)}

    def fitted(x, y):
        model = MixedSingleTaskGP(x, y, cat_dims=columns) if is_table else SingleTaskGP(x, y, outcome_transform=Standardize(1))
        fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
        return model

    def ask():
        ended = [(p, v) for p, v in told if v is not None]
        if len(told) < INITIAL or len(ended) < 2:
            return point([v * len(p["options"]) if is_table else v for p, v in zip(parameters, sobol[len(told)].tolist())])
        x = torch.tensor([codes(p) for p, _ in ended], dtype=torch.double)
        y = -torch.tensor([[v] for _, v in ended], dtype=torch.double)
        models = [fitted(x, (y - y.mean()) / y.std() if is_table else y)]
        best = (((y - y.mean()) / y.std()) if is_table else y).max()
        constraints = None
        if len(ended) < len(told):
            places = torch.tensor([codes(p) for p, _ in told], dtype=torch.double)
            labels = torch.tensor([[1.0 if v is None else -1.0] for _, v in told], dtype=torch.double)
            models.append(fitted(places, labels))
            constraints = [lambda samples: samples[..., 1]]
        acquisition = qLogExpectedImprovement(
            ModelListGP(*models), best_f=best, objective=GenericMCObjective(lambda samples, X=None: samples[..., 0]), constraints=constraints)
        if is_table:
            known = {tuple(codes(p)) for p, _ in told}
            cells = [c for c in itertools.product(*(range(len(p["options"])) for p in parameters)) if c not in known]
            chosen, _ = optimize_acqf_discrete(acquisition, q=1, choices=torch.tensor(cells, dtype=torch.double))
        else:
            bounds = torch.tensor([[0.0] * len(parameters), [1.0] * len(parameters)], dtype=torch.double)
            chosen, _ = optimize_acqf(acquisition, bounds, q=1, num_restarts=8, raw_samples=256)
        return point(chosen[0].tolist())

    return ask


def random_planner():
    import random

    dice = random.Random(seed)
    return lambda: {p["name"]: dice.choice(p["options"]) if p["type"] == "categorical" else dice.uniform(p["low"], p["high"]) for p in parameters}


ask = {"optuna-tpe": optuna_planner, "optuna-gp": optuna_planner, "botorch": botorch_planner, "random": random_planner}[kind]()
for line in sys.stdin:
    message = json.loads(line)
    told += [(one["parameters"], one["values"]["f"]) for one in message.get("tell", [])]
    told += [(one, None) for one in message.get("fail", [])]
    if "ask" in message:
        print(json.dumps({"recommendations": [{"parameters": ask()}]}), flush=True)
