"""The planner of a campaign file, asked and told over `burette asktell`; and what a campaign has measured."""
from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass, field
from typing import Any, Callable, Iterable, Mapping, Optional, Sequence, Union

from .job import Point, Result, Value, checked, checked_errors, errors, limits
from .progress import Progress


class CampaignError(Exception):
    """What the program `burette` could not do, in its own words; `details` says the same to programs, where it
    refused a value."""

    def __init__(self, reason: str, details: Optional[Mapping[str, Any]] = None):
        super().__init__(reason)
        self.details = details


@dataclass(frozen=True)
class Recommendation:
    """A point to measure."""

    parameters: Point
    #: What the planner predicts of it, where it has a model: mean, deviation, acquisition, hyperparameters.
    explanation: Optional[Mapping[str, Any]] = field(default=None, compare=False)


class Campaign:
    """The planner of a campaign file, in a process of its own; nothing is kept on disk.

        with Campaign("mine.yaml") as campaign:
            for recommendation in campaign.ask(3):
                campaign.tell(recommendation, {"yield": 41.2})

    Points that were asked for and not told yet are pending. `program` is the program `burette`.
    """

    def __init__(self, file: str, *, program: str = "burette"):
        if not os.path.isfile(file):
            raise FileNotFoundError(f"there is no campaign file {file}")
        self._command = [program, "asktell", file]
        self._process: Optional[subprocess.Popen[str]] = None
        self._errors: Any = None
        self._pending: list[dict[str, Value]] = []
        self._results: list[dict[str, Any]] = []
        self._known_objectives: Optional[list[dict[str, str]]] = None

    @property
    def pending(self) -> list[dict[str, Value]]:
        """The points that were asked for and not told yet."""
        return list(self._pending)

    @property
    def results(self) -> list[dict[str, Any]]:
        """What was told: {"parameters": {...}, "values": {...}}."""
        return list(self._results)

    def ask(self, count: int = 1, shared: Sequence[str] = ()) -> list[Recommendation]:
        """The next points to measure; fewer than `count` where a finite space has no more. All have the same values of the
        parameters `shared`, as the samples in one furnace have one temperature. Raises CampaignError."""
        answer = self._call({"ask": {"count": count, "pending": self._pending, "shared": list(shared)}})
        recommendations = [
            Recommendation(one["parameters"], one.get("explanation")) for one in answer["recommendations"]]
        self._pending += [dict(one.parameters) for one in recommendations]
        return recommendations

    def tell(
        self, point: Union[Recommendation, Point], values: Union[Result, Mapping[str, float], float]
    ) -> None:
        """Tells what was measured at a point that was asked for, or at any other. A `Result` may say what was really
        set. Raises CampaignError where the planner refuses it: then nothing was told."""
        asked = dict(point.parameters if isinstance(point, Recommendation) else point)
        result = values if isinstance(values, Result) else None
        if result:
            values = result.values
        elif not isinstance(values, Mapping):
            values = {self._only_objective: values}
        told: dict[str, Any] = {"parameters": asked, "values": checked(values, list(values))}
        beyond = {**limits(values), **(result.limits or {} if result else {})}
        if beyond:
            told["limits"] = beyond
        known = {**errors(values), **(result.errors or {} if result else {})}
        if known:
            told["errors"] = checked_errors(known, list(values))
        if result and result.cost is not None:
            told["values"]["cost"] = result.cost
        if result and result.parameters:
            told = {**told, "parameters": {**asked, **result.parameters}, "asked": asked}
        answer = self._call({"tell": [told], "confirm": True})
        if "refused" in answer:
            raise CampaignError(answer["refused"]["reason"], answer["refused"].get("error"))
        self._results.append(told)
        if asked in self._pending:
            self._pending.remove(asked)

    def fail(self, point: Union[Recommendation, Point], kind: Optional[str] = None) -> None:
        """Tells that the measurement at a point failed: `kind` is "infeasible" where the point is at fault, "accident" where
        it was bad luck, or None where nobody knows."""
        failed = dict(point.parameters if isinstance(point, Recommendation) else point)
        self._call({"fail": [failed], "kind": kind, "tell": [], "confirm": True})
        self.withdraw(point)

    def withdraw(self, point: Union[Recommendation, Point]) -> None:
        """A point that was asked for is not measured after all."""
        self._pending.remove(dict(point.parameters if isinstance(point, Recommendation) else point))

    def run(
        self, measure: Callable[..., Union[Mapping[str, float], float]], measurements: int, *, progress: bool = True
    ) -> Optional[dict[str, Any]]:
        """Asks, measures and tells, one after another, until so many results are there; returns the best. `measure`
        gets the parameters by name. In a notebook, and on a terminal, it shows how far it is."""
        shown = Progress(measurements) if progress else None
        try:
            while len(self._results) < measurements:
                asked = self.ask()
                if not asked:
                    break
                self.tell(asked[0], measure(**asked[0].parameters))
                if shown:
                    shown.show(len(self._results), self.best)
        finally:
            if shown:
                shown.end()
        return self.best

    @property
    def best(self) -> Optional[dict[str, Any]]:
        """The best result by the first objective; the earlier one of a tie."""
        if not self._results:
            return None
        objective, goal = self._objectives[0]["name"], self._objectives[0]["goal"]
        key = (lambda result: result["values"][objective])
        return min(self._results, key=key) if goal == "minimize" else max(self._results, key=key)

    def frame(self) -> Any:
        """The results as a pandas frame, a row for each; parameters, then objectives. Needs pandas."""
        return frame(self._results)

    def close(self) -> None:
        """Ends the planner's process."""
        if self._process:
            assert self._process.stdin
            self._process.stdin.close()
            self._process.wait()
            self._errors.close()
            self._process = None

    def __enter__(self) -> Campaign:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    @property
    def _objectives(self) -> list[dict[str, str]]:
        if self._known_objectives is None:
            self._known_objectives = self._call({"describe": True})["objectives"]
        return self._known_objectives

    @property
    def _only_objective(self) -> str:
        if len(self._objectives) != 1:
            raise ValueError("there are several objectives: tell a dictionary of values")
        return self._objectives[0]["name"]

    def _call(self, line: Mapping[str, Any]) -> Any:
        """Sends a line, and returns the answer. A process that has ended is replaced, and told everything once more."""
        if self._process is None or self._process.poll() is not None:
            self._start()
        return self._exchange(line)

    def _start(self) -> None:
        self._errors = tempfile.TemporaryFile(mode="w+")
        try:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors, text=True)
        except OSError as error:
            raise CampaignError(f"the program {self._command[0]} cannot be started ({error}); see deploy/install") from error
        if self._results:
            self._exchange({"tell": self._results, "confirm": True})

    def _exchange(self, line: Mapping[str, Any]) -> Any:
        assert self._process and self._process.stdin and self._process.stdout
        try:
            self._process.stdin.write(json.dumps(line) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass  # Its error says why.
        answer = self._process.stdout.readline()
        if answer:
            return json.loads(answer)
        status = self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().strip()
        self._process = None
        raise CampaignError(said.removeprefix("Error: ") or f"burette asktell ended with status {status}")


def results(
    campaign: str, *, broker: Optional[str] = None, data: Optional[str] = None, program: str = "burette"
) -> list[dict[str, Any]]:
    """The observations of a campaign that a planner has opened, as `burette export` writes them: job, worker, began,
    ended, parameters, values. From the ledger in the folder `data`, or the feed of `broker`. Raises CampaignError.
    `frame(results(...))` makes a pandas frame of them."""
    options = (["--broker", broker] if broker else []) + (["--data", data] if data else [])
    try:
        outcome = subprocess.run(
            [program, "export", campaign, "--format", "jsonl", *options], capture_output=True, text=True, check=False)
    except OSError as error:
        raise CampaignError(f"the program {program} cannot be started ({error}); see deploy/install") from error
    if outcome.returncode != 0:
        raise CampaignError(outcome.stderr.strip().removeprefix("Error: "))
    return [json.loads(line) for line in outcome.stdout.splitlines()]


def frame(rows: Iterable[Mapping[str, Any]]) -> Any:
    """Results as a pandas frame, a row for each. Needs pandas."""
    try:
        import pandas
    except ImportError as error:
        raise ImportError("a frame needs pandas: pip install pandas, or use the results as they are") from error
    beside = ("parameters", "values", "asked")
    return pandas.DataFrame([
        {**{key: value for key, value in row.items() if key not in beside}, **row["parameters"], **row["values"]}
        for row in rows])
