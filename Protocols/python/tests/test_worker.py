"""A worker in Python over a real broker."""
from __future__ import annotations

import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import threading
from typing import Iterator

import pika
import pytest

from burette import Accident, Infeasible, Job, Result, ReturnJob, Undelivered, Worker, results
from burette.capability import queue_name
from burette.job import called
from conftest import Planner, eventually


def start(worker: Worker) -> threading.Thread:
    thread = threading.Thread(target=worker.run, daemon=True)
    thread.start()
    return thread


def test_measures_a_campaign_to_its_end(planner: Planner, broker: str, program: str) -> None:
    worker = Worker(planner.name, broker, name="python", data=str(planner.data))

    @worker
    def measure(T: float, solvent: str, job: Job) -> dict[str, float]:
        assert job.units == {"T": "C", "yield": "%"} and job.objectives == ["yield"]
        job.progress(0.5, "heating")
        return {"yield": T + (10 if solvent == "THF" else 0)}

    thread = start(worker)
    assert planner.process.wait(60) == 0
    worker.stop()
    thread.join(10)
    report = json.loads(planner.burette("report", "--json").stdout)
    assert (report["measured"], report["failed"], report["duplicates"]) == (6, 0, 0)
    assert report["measured_by"] == {"python": 6}
    rows = results(planner.name, data=str(planner.data), program=program)
    assert len(rows) == 6 and all(row["values"]["yield"] >= 20 for row in rows)


def test_says_why_a_measurement_failed_and_gives_a_job_back(planner: Planner, broker: str) -> None:
    worker = Worker(planner.name, broker, name="python", data=str(planner.data))
    outcomes = iter(["fails", "rubbish", "nan", "unknown", "returned"])

    @worker
    def measure(T: float, solvent: str) -> object:
        outcome = next(outcomes, "measured")
        if outcome == "fails":
            raise RuntimeError("the needle is bent")
        if outcome == "returned":
            raise ReturnJob("the sample is not there yet")
        answers = {"rubbish": "much", "nan": float("nan"), "unknown": {"yield": 1, "cost": 2}}
        return answers.get(outcome, T)

    thread = start(worker)
    assert planner.process.wait(60) == 0
    worker.stop()
    thread.join(10)
    events = [json.loads(line) for line in planner.burette("watch", "--json").stdout.splitlines()]
    reasons = [event["reason"] for event in events if event["type"] in ("failed", "returned")]
    for reason in [
        "RuntimeError: the needle is bent", "could not convert string to float", "is nan, not a finite number",
        '"cost" is no objective of this campaign', "the sample is not there yet",
    ]:
        assert any(reason in one for one in reasons), reasons
    report = json.loads(planner.burette("report", "--json").stdout)
    assert (report["measured"], report["failed"], report["redelivered"]) == (6, 4, 0)


BATCHES = "batches: {size: 3, shared: [T]}\nbudget: {measurements: 6}"


@pytest.mark.parametrize("campaign_settings", [BATCHES])
def test_measures_a_batch_one_sample_after_another(planner: Planner, broker: str) -> None:
    worker = Worker(planner.name, broker, name="python", data=str(planner.data))
    cracked = iter([True])

    @worker
    def measure(T: float, solvent: str, x: float) -> float:
        if next(cracked, False):
            raise Infeasible("it cracked")
        return T + x

    thread = start(worker)
    assert planner.process.wait(60) == 0
    worker.stop()
    thread.join(10)
    report = json.loads(planner.burette("report", "--json").stdout)
    assert (report["measured"], report["infeasible"], report["duplicates"]) == (6, 1, 0)


@pytest.mark.parametrize("campaign_settings", [BATCHES])
def test_measures_a_whole_batch_at_once_whose_results_come_one_by_one(planner: Planner, broker: str) -> None:
    worker = Worker(planner.name, broker, name="python", data=str(planner.data))
    batches: list[list[Job]] = []

    @worker.batch
    def bake(samples: list[Job]) -> Iterator[object]:
        batches.append(samples)
        if len(batches) == 2:
            raise Accident("the power was off")
        yield samples[-1], Result({"yield": 1.0})
        for number, sample in enumerate(samples[:-1]):
            if len(batches) == 1 and number == 0:
                yield sample, Infeasible("it cracked")
            elif len(batches) != 3 or number != 1:  # One is forgotten.
                yield sample, 2.0

    thread = start(worker)
    assert planner.process.wait(60) == 0
    worker.stop()
    thread.join(10)
    assert all(1 <= len(samples) <= 3 for samples in batches)
    assert all(len({sample.parameters["T"] for sample in samples}) == 1 for samples in batches)
    events = [json.loads(line) for line in planner.burette("watch", "--json").stdout.splitlines()]
    failures = [event for event in events if event["type"] == "failed"]
    assert any(event["reason"] == "it cracked" and event["kind"] == "infeasible" for event in failures)
    assert [len(event["samples"]) for event in failures if event["reason"] == "the power was off"] == [len(batches[1])]
    report = json.loads(planner.burette("report", "--json").stdout)
    assert (report["measured"], report["duplicates"]) == (6, 0)


def test_gives_back_what_is_left_of_a_batch_whose_worker_was_lost(tmp_path: pathlib.Path) -> None:
    worker = Worker("mine", "amqp://localhost", name="python", data=str(tmp_path))
    message = {
        "job": "0001-abc", "parameters": {"T": 20}, "objectives": ["yield"], "publication": 2,
        "samples": [{"job": "0001-abc.1", "parameters": {"T": 20, "x": 1}, "origin": "injected"}]}
    job = Job.from_message(message, lambda *_, **__: None)
    (event,) = worker._outcomes(job, True)
    assert (event["type"], event["lost"], event["publication"]) == ("returned", True, 2)
    assert event["samples"] == [{"job": "0001-abc.1", "parameters": {"T": 20, "x": 1}, "origin": "injected"}]


def test_says_whether_the_point_is_at_fault(planner: Planner, broker: str) -> None:
    worker = Worker(planner.name, broker, name="python", data=str(planner.data))
    outcomes = iter([Infeasible("it clogged"), Accident("the needle was bent")])

    @worker
    def measure(T: float, solvent: str) -> float:
        outcome = next(outcomes, None)
        if outcome:
            raise outcome
        return T

    thread = start(worker)
    assert planner.process.wait(60) == 0
    worker.stop()
    thread.join(10)
    events = [json.loads(line) for line in planner.burette("watch", "--json").stdout.splitlines()]
    clogged, bent = [event for event in events if event["type"] == "failed"]
    assert (clogged["kind"], clogged["reason"]) == ("infeasible", "it clogged")
    assert (bent["kind"], bent["reason"]) == ("accident", "the needle was bent")
    again = [event for event in events if event["type"] == "published" and event.get("repeats")]
    assert [(event["repeats"], event["parameters"]) for event in again] == [(bent["job"], bent["parameters"])]


def test_tells_what_was_really_set(planner: Planner, broker: str, program: str) -> None:
    worker = Worker(planner.name, broker, name="python", data=str(planner.data))
    worker(lambda T, solvent: Result({"yield": "< 1"}, parameters={"T": 81.5}, units={"yield": "%"}, cost=3, errors={"yield": 0.5}))
    thread = start(worker)
    assert planner.process.wait(60) == 0
    worker.stop()
    thread.join(10)
    rows = results(planner.name, broker=broker, program=program)
    assert [row["parameters"]["T"] for row in rows] == [81.5] * 6
    assert all((row["values"], row["limits"], row["cost"]) == ({"yield": 1}, {"yield": "below"}, 3) for row in rows)
    assert all(row["errors"] == {"yield": 0.5} for row in rows)


def test_takes_only_what_it_can_measure(planner: Planner, broker: str, program: str) -> None:
    worker = Worker(
        planner.name, broker, name="python", data=str(planner.data),
        only={"solvent": ["THF"], "T": {"low": 30, "high": 40.5}})
    worker(lambda T, solvent: T)
    thread = start(worker)
    assert planner.process.wait(60) == 0
    worker.stop()
    thread.join(10)
    points = [row["parameters"] for row in results(planner.name, data=str(planner.data), program=program)]
    assert len(points) == 6 and all(point["solvent"] == "THF" and 30 <= point["T"] <= 40.5 for point in points)


def test_stops_before_a_sample_is_used_up_where_its_function_cannot_be_called(planner: Planner, broker: str) -> None:
    worker = Worker(planner.name, broker, name="python", data=str(planner.data))
    worker(lambda temperature: temperature)
    with pytest.raises(TypeError, match=r"cannot measure this campaign \(.*solvent.*\): .*'temperature'"):
        worker.run()
    report = json.loads(planner.burette("report", "--json").stdout)
    assert (report["measured"], report["failed"]) == (0, 0)


SCRIPT = """
import pathlib, sys, time
from burette import Worker
place = pathlib.Path(sys.argv[3])
worker = Worker(sys.argv[1], sys.argv[2], name="killed", data=str(place / "worker"))
@worker
def measure(T, solvent):
    (place / "begun").touch()
    while not (place / "go").exists(): time.sleep(0.01)
    return T
worker.run()
"""


def begin(planner: Planner, broker: str, place: pathlib.Path) -> subprocess.Popen:
    (place / "worker.py").write_text(SCRIPT)
    path = os.pathsep.join(entry for entry in sys.path if entry)
    process = subprocess.Popen(
        [sys.executable, str(place / "worker.py"), planner.name, broker, str(place)],
        env={**os.environ, "PYTHONPATH": path})
    assert eventually(lambda: (place / "begun").exists())
    return process


def test_finishes_the_running_measurement_at_sigterm(planner: Planner, broker: str, tmp_path: pathlib.Path) -> None:
    process = begin(planner, broker, tmp_path)
    process.send_signal(signal.SIGTERM)
    (tmp_path / "go").touch()
    assert process.wait(30) == 0
    assert eventually(lambda: json.loads(planner.burette("report", "--json").stdout)["measured"] == 1)
    report = json.loads(planner.burette("report", "--json").stdout)
    assert (report["failed"], report["redelivered"]) == (0, 0)


def test_that_is_killed_gives_its_job_to_the_next(planner: Planner, broker: str, tmp_path: pathlib.Path) -> None:
    process = begin(planner, broker, tmp_path)
    process.kill()
    process.wait()
    (tmp_path / "go").touch()
    again = begin(planner, broker, tmp_path)
    assert planner.process.wait(60) == 0
    again.send_signal(signal.SIGTERM)
    assert again.wait(30) == 0
    report = json.loads(planner.burette("report", "--json").stdout)
    assert (report["measured"], report["duplicates"]) == (6, 0) and report["redelivered"] >= 1


def test_keeps_the_result_of_a_measurement_during_which_the_connection_was_lost(planner: Planner, broker: str) -> None:
    worker = Worker(planner.name, broker, name="python", data=str(planner.data))
    calls = []

    @worker
    def measure(T: float, solvent: str) -> float:
        calls.append(T)
        if len(calls) == 1:
            worker._connection._impl._transport._sock.shutdown(socket.SHUT_RDWR)  # As if the network were gone.
            threading.Event().wait(0.3)
        return T

    thread = start(worker)
    assert planner.process.wait(60) == 0
    worker.stop()
    thread.join(10)
    report = json.loads(planner.burette("report", "--json").stdout)
    assert (report["measured"], report["duplicates"], len(calls)) == (6, 0, 6)


def test_that_stops_while_no_broker_answers_goes_on_trying_to_deliver_its_result(planner: Planner, broker: str) -> None:
    worker = Worker(planner.name, broker, name="python", data=str(planner.data))
    reachable = worker._parameters

    @worker
    def measure(T: float, solvent: str) -> float:
        worker._connection._impl._transport._sock.shutdown(socket.SHUT_RDWR)  # As if the network were gone.
        worker._parameters = pika.URLParameters("amqp://127.0.0.1:1")
        worker.stop()
        return T

    ended: list[object] = []

    def run() -> None:
        try:
            worker.run()
        except Undelivered as error:
            ended.append(error)
        else:
            ended.append(None)

    worker.last_deliveries = 0.5
    threading.Thread(target=run, daemon=True).start()
    assert eventually(lambda: bool(ended)) and "1 results could not be delivered" in str(ended[0]) and "spool" in str(ended[0])
    worker.last_deliveries = 60
    threading.Thread(target=run, daemon=True).start()
    threading.Event().wait(1.5)
    assert len(ended) == 1, "it goes on trying"
    worker._parameters = reachable
    assert eventually(lambda: len(ended) == 2) and ended[1] is None
    assert eventually(lambda: json.loads(planner.burette("report", "--json").stdout)["measured"] == 1)


def test_says_that_the_login_is_wrong(broker: str, tmp_path: pathlib.Path) -> None:
    worker = Worker("any", broker.replace("guest:guest", "guest:wrong"), name="w", data=str(tmp_path))
    worker(lambda: 1)
    with pytest.raises(PermissionError, match="unknown user or wrong password"):
        worker.run()


def test_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.delenv("BURETTE_BROKER", raising=False)
    with pytest.raises(ValueError, match="where is the broker"):
        Worker("any", data=str(tmp_path))
    with pytest.raises(RuntimeError, match="nothing measures"):
        Worker("any", "amqp://localhost", data=str(tmp_path)).run()


def test_has_one_name_of_its_host_and_folder(tmp_path: pathlib.Path) -> None:
    first = Worker("any", "amqp://localhost", data=str(tmp_path))
    second = Worker("any", "amqp://localhost", data=str(tmp_path))
    assert first.name.endswith("-python-1") and second.name.endswith("-python-2")
    elsewhere = Worker("any", "amqp://localhost", data=str(tmp_path / "other"))
    assert elsewhere.name.endswith("-python-1") and elsewhere.name != first.name


def test_names_the_queue_as_the_protocol_does() -> None:
    assert queue_name({"temperature": {"low": 20, "high": 80.0}, "solvent": ["water", "THF"]}) == (
        "solvent=THF,water;temperature=20~80")
    assert queue_name({"a b": ["ü", 1.0, 0.5]}) == "a%20b=0%2E5,1,%C3%BC"


def test_calls_a_function_by_the_names_of_its_parameters() -> None:
    job = Job("1", {"T": 1.5, "p q": 2}, ["y"])
    assert called(lambda **point: point["p q"], job).values == {"y": 2}
    assert called(lambda job: job.parameters["T"], job).values == {"y": 1.5}
    with pytest.raises(TypeError):
        called(lambda T: T, job)
    with pytest.raises(TypeError, match="several objectives"):
        called(lambda job: 1, Job("1", {}, ["a", "b"]))
    with pytest.raises(ValueError, match='lacks the objective "b"'):
        called(lambda job: {"a": 1}, Job("1", {}, ["a", "b"]))
