"""A job, and what comes of it."""
from __future__ import annotations

import inspect
import math
import re
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Iterator, Mapping, Optional, Sequence, Union

Value = Union[float, str]
Point = Mapping[str, Value]


@dataclass(frozen=True)
class Job:
    """One experiment that the planner asks for."""

    id: str
    #: The point to measure: a number or an option for each parameter.
    parameters: Point
    #: The names of the values that the result must have.
    objectives: Sequence[str]
    #: The units of parameters and objectives, where the campaign defines any.
    units: Mapping[str, str] = field(default_factory=dict)
    #: Incremented whenever the job is handed out again.
    publication: int = 1
    #: What to do if its worker was lost: rerun, fail or hold.
    redelivery: str = "rerun"
    #: Which part of the campaign it belongs to: initial, planned or injected.
    origin: str = "planned"
    #: The experiments of a batch, each a job with a point and a result of its own; `parameters` are what they share then.
    samples: Sequence[Job] = ()
    #: Tells people how far it is: job.progress(0.5, "heating", {"yield": 12}). The planner does not learn from it.
    progress: Callable[..., None] = field(default=lambda *_, **__: None, compare=False, repr=False)

    @classmethod
    def from_message(cls, message: Mapping[str, Any], progress: Callable[..., None]) -> Job:
        """The job in a `published` message."""
        job = cls(
            message["job"], message["parameters"], message["objectives"], message.get("units") or {},
            message.get("publication", 1), message.get("redelivery", "rerun"), message.get("origin", "planned"),
            progress=progress)
        samples = [
            replace(job, id=sample["job"], parameters=sample["parameters"], origin=sample.get("origin", "planned"))
            for sample in message.get("samples") or []]
        return replace(job, samples=samples)


@dataclass(frozen=True)
class Result:
    """Measured values, with what may stand beside them."""

    #: A number for each objective, or a limit: "< 0.1", "> 95"; or one with its standard error: "0.42 +- 0.02".
    values: Mapping[str, Union[float, str]]
    #: What was really set, where that is not what the job asked for; the model learns there.
    parameters: Optional[Point] = None
    #: The units of values, to be compared with the campaign's.
    units: Optional[Mapping[str, str]] = None
    #: References to data too large for a message: {"url": ..., "sha256": ...}.
    attachments: Optional[Sequence[Mapping[str, Any]]] = None
    #: What the measurement cost, in the campaign's unit of cost.
    cost: Optional[float] = None
    #: The values that are limits only, "below" or "above" the number, where `values` does not say it.
    limits: Optional[Mapping[str, str]] = None
    #: The standard errors of the values, as far as they are known and `values` does not say them.
    errors: Optional[Mapping[str, float]] = None


class Failed(Exception):
    """Raised by a measurement that could not be made; so does any other exception. Where the reason is known, raise one of
    the two below."""

    #: What the planner is told: None, "infeasible" or "accident".
    kind: Optional[str] = None


class Infeasible(Failed):
    """The point is at fault, it clogged or did not crystallise: it is never tried again, and the planner learns from it."""

    kind = "infeasible"


class Accident(Failed):
    """Bad luck, such as a bent needle: the point is tried again, and the planner learns nothing from it."""

    kind = "accident"


class ReturnJob(Exception):
    """Raised by a measurement that did not touch the sample: the job goes back, and another worker may take it."""


class FunctionUnusable(TypeError):
    """The function cannot be called with the campaign's parameters: no sample needs to be used up to know that."""


def called(function: Callable[..., Any], job: Job) -> Result:
    """Calls a measuring function: with its parameters by name, and the job where it has a parameter `job`. Returns
    what it measured; raises FunctionUnusable, and ValueError or TypeError where that is no result of the job."""
    signature = inspect.signature(function)
    names = signature.parameters
    takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in names.values())
    arguments: dict[str, Any] = {
        name: value for name, value in job.parameters.items() if takes_any or name in names or list(names) != ["job"]}
    if "job" in names and "job" not in job.parameters:
        arguments["job"] = job
    try:
        signature.bind(**arguments)
    except TypeError as error:
        given = ", ".join(job.parameters)
        raise FunctionUnusable(f"the function cannot measure this campaign ({given}): {error}") from error
    return result_of(job, function(**arguments))


def called_with_batch(function: Callable[..., Any], samples: Sequence[Job]) -> Iterator[tuple[Job, Any]]:
    """Calls a function that measures whole batches: with the list of samples, each a `Job`. It returns a list of results, or
    yields them as they come, in the order of the samples or as pairs of a sample and its result. An exception in the place
    of a result is a sample that failed. Raises FunctionUnusable."""
    try:
        inspect.signature(function).bind(samples)
    except TypeError as error:
        raise FunctionUnusable(f"the function does not take a list of samples: {error}") from error
    for number, answer in enumerate(function(samples)):
        if isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[0], Job):
            yield answer
        elif number < len(samples):
            yield samples[number], answer
        else:
            raise ValueError(f"the function gave more than {len(samples)} results")


def result_of(job: Job, answer: Any) -> Result:
    """What a function answered as the result of a job; raises ValueError or TypeError where it is none."""
    if not isinstance(answer, (Result, Mapping)):
        if len(job.objectives) != 1:
            raise TypeError("the function must return a dictionary of values: there are several objectives")
        answer = {job.objectives[0]: answer}
    result = answer if isinstance(answer, Result) else Result(answer)
    return Result(
        checked(result.values, job.objectives), result.parameters, result.units, result.attachments, result.cost,
        {**limits(result.values), **(result.limits or {})} or None,
        checked_errors({**errors(result.values), **(result.errors or {})}, job.objectives) or None)


def limits(values: Mapping[str, Any]) -> dict[str, str]:
    """Which values are limits only: "below" for "< 0.1", "above" for "> 95"."""
    signs = {"<": "below", ">": "above"}
    return {
        name: signs[value.strip()[0]] for name, value in values.items() if isinstance(value, str) and value.strip()[:1] in signs}


def errors(values: Mapping[str, Any]) -> dict[str, Any]:
    """The standard errors that stand behind values: "0.02" for "0.42 +- 0.02"."""
    texts = {name: _WITH_ERROR.fullmatch(value) for name, value in values.items() if isinstance(value, str)}
    return {name: match[2] for name, match in texts.items() if match}


def checked_errors(errors: Mapping[str, Any], objectives: Sequence[str]) -> dict[str, float]:
    """Standard errors as numbers; raises ValueError where one is negative, not finite, or of no objective."""
    numbers = {name: float(error) for name, error in errors.items()}
    for name, error in numbers.items():
        if name not in objectives:
            raise ValueError(f'"{name}" is no objective of this campaign ({", ".join(objectives)})')
        if not (math.isfinite(error) and error >= 0):
            raise ValueError(f'the standard error of "{name}" is {error}; it must be a finite number, 0 or more')
    return numbers


#: A number with its standard error.
_WITH_ERROR = re.compile(r"\s*(.+?)\s*(?:\u00b1|\+/-|\+-)\s*(.+?)\s*")


def checked(values: Mapping[str, Any], objectives: Sequence[str]) -> dict[str, float]:
    """Values as numbers, of limits too; raises ValueError where one is missing, too many, or not finite."""
    missing = [name for name in objectives if name not in values]
    if missing:
        raise ValueError(f'the result lacks the objective "{missing[0]}"')
    unknown = [name for name in values if name not in objectives]
    if unknown:
        raise ValueError(f'"{unknown[0]}" is no objective of this campaign ({", ".join(objectives)})')
    beyond = limits(values)
    known = errors(values)

    def number(name: str) -> float:
        value = values[name]
        if name in beyond:
            value = value.strip().lstrip("<>").lstrip("=")
        elif name in known and (match := _WITH_ERROR.fullmatch(value)):
            value = match[1]
        return float(value)

    numbers = {name: number(name) for name in objectives}
    for name, value in numbers.items():
        if not math.isfinite(value):
            raise ValueError(f'the result\'s "{name}" is {value}, not a finite number')
    return numbers
