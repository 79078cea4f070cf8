"""A worker: takes a campaign's jobs one at a time, measures, and publishes what came of it."""
from __future__ import annotations

import json
import os
import pathlib
import queue
import signal
import sys
import threading
import time
import uuid
from dataclasses import replace
from typing import Any, Callable, Iterator, Optional

import pika

from .capability import Capability, queue_name
from .identity import own_name
from .job import Failed, FunctionUnusable, Job, ReturnJob, called, called_with_batch, result_of
from .outbox import Outbox

Event = dict[str, Any]


class Undelivered(RuntimeError):
    """A worker has stopped before the broker had all its results: they are on its disk."""


class Worker:
    """A worker of one campaign. It decorates the function that measures:

        worker = Worker("mine")

        @worker
        def measure(T, solvent):
            return {"yield": 41.2}

        worker.run()

    The function gets the parameters by name, and the `Job` where it has a parameter of the name `job`. It returns the
    values by objective, one number where there is one objective, or a `Result`. An exception is a failed measurement
    with its text as the reason; `ReturnJob` gives the job back.

    Of a batch it is called for one sample after another. Hardware that takes them at once has a function of its own:

        @worker.batch
        def bake(samples):
            heat(samples[0].parameters["T"])
            for sample in samples:
                yield {"yield": weigh(sample.parameters["x"])}

    `broker` is an address such as amqp://user:password@host, or BURETTE_BROKER; `name` is unique in the campaign, by
    default one of host and `data`, the folder that keeps results until the broker has confirmed them; `only` is what
    it can measure.
    """

    #: Seconds between two messages about the progress of one job.
    progress_interval = 10.0
    #: Seconds for which a worker that stops tries to deliver its last results: whoever stops it may remove its disk.
    last_deliveries = 30.0

    def __init__(
        self, campaign: str, broker: Optional[str] = None, *, name: Optional[str] = None,
        only: Optional[Capability] = None, data: Optional[str] = None,
    ):
        address = broker or os.environ.get("BURETTE_BROKER")
        if not address:
            raise ValueError("where is the broker? Give its address, amqp://user:password@host, or set BURETTE_BROKER")
        self.campaign = campaign
        self.only = dict(only or {})
        folder = pathlib.Path(data or os.environ.get("BURETTE_DATA", "burette-data")) / "spool" / campaign
        name = name or os.environ.get("BURETTE_WORKER")
        self.name, self._lock = (name, None) if name else own_name(folder)
        self._outbox = Outbox(folder / self.name)
        self._parameters = pika.URLParameters(address)
        self._queue = f"burette.{campaign}.jobs" + (f".{queue_name(self.only)}" if self.only else "")
        self._function: Optional[Callable[..., Any]] = None
        self._batch_function: Optional[Callable[..., Any]] = None
        self._is_stopping = False
        self._unusable: Optional[FunctionUnusable] = None
        self._consumer: Optional[str] = None
        #: Jobs whose results the broker did not take at once: they come again, and are not measured again.
        self._ended_jobs: set[tuple[str, int]] = set()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Measures with `function`, which it returns as it is."""
        self._function = function
        return function

    def batch(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Measures whole batches with `function`, which it returns as it is: it gets a list of samples, each a `Job`, and returns a
        list of results or yields them as they come, in the order of the samples or as pairs (sample, result). A job that is no
        batch is a list of one."""
        self._batch_function = function
        return function

    def run(self) -> None:
        """Works until it is stopped; a lost connection is made anew. In the main thread SIGTERM or Ctrl-C finishes the
        running measurement and takes no other; a second one leaves at once. Raises PermissionError where the login is
        refused, and TypeError where the function cannot be called with the campaign's parameters; the job is given
        back then. Raises Undelivered where results are left when it stops."""
        if self._function is None and self._batch_function is None:
            raise RuntimeError("nothing measures: decorate a function with the worker before it runs")
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._on_signal)
        pause = 0.2
        while not self._is_stopping:
            try:
                self._connect()
                pause = 0.2
                while not self._is_stopping:
                    self._connection.process_data_events(time_limit=0.5)
                self._take_no_more()
                self._connection.close()
            except (pika.exceptions.AMQPError, OSError) as error:
                if isinstance(error, pika.exceptions.ProbableAuthenticationError):
                    raise PermissionError("login refused: unknown user or wrong password") from error
                if self._is_stopping:
                    break
                print(f"{error!r}; trying again", file=sys.stderr)
                time.sleep(pause)
                pause = min(15, 2 * pause)
        self._deliver_last()
        if self._unusable:
            raise self._unusable
        if left := self._outbox.count:
            raise Undelivered(f"{left} results could not be delivered; they are in {self._outbox.folder} until this worker is started again")

    def stop(self) -> None:
        """Finishes the running measurement, and takes no other. From any thread."""
        self._is_stopping = True

    def _on_signal(self, *_: Any) -> None:
        if self._is_stopping:
            os._exit(130)
        self.stop()
        print("finishing the running measurement; a second signal leaves at once", file=sys.stderr)

    def _deliver_last(self) -> None:
        """Delivers what no broker has confirmed, while the worker stops."""
        end, is_said = time.monotonic() + self.last_deliveries, False
        while self._outbox.count and time.monotonic() < end:
            try:
                self._open()
                return self._connection.close()
            except (pika.exceptions.AMQPError, OSError) as error:
                if not is_said:
                    print(
                        f"{error!r}; results that are not delivered yet: {self._outbox.count}; trying for "
                        f"{self.last_deliveries:g} s before leaving", file=sys.stderr)
                is_said = True
                time.sleep(1)

    def _open(self) -> None:
        self._connection = pika.BlockingConnection(self._parameters)
        self._channel = self._connection.channel()
        self._channel.confirm_delivery()
        self._outbox.deliver(self._publish)

    def _connect(self) -> None:
        self._consumer = None
        self._open()
        if self.only:  # The planner makes the queue; until then consuming fails, and is tried again.
            self._publish(self._event("present", worker=self.name, only=self.only))
        self._channel.basic_qos(prefetch_count=1)
        self._consumer = self._channel.basic_consume(self._queue, self._take)

    def _take_no_more(self) -> None:
        """Cancels the consumer, and gives back what the broker has delivered in this very moment."""
        if self._consumer:
            # pika's own basic_cancel rejects such a job, and the next worker would take it for one that had been begun.
            self._channel._impl._send_method(pika.spec.Basic.Cancel(self._consumer, nowait=True))
            self._consumer = None
            self._channel.queue_declare(self._queue, passive=True)  # The answer comes behind what was delivered.
            self._connection.process_data_events(time_limit=0)

    def _publish(self, event: Event) -> None:
        """Returns when the broker has it; raises when it has not."""
        properties = pika.BasicProperties(
            message_id=event["id"], type=event["type"], content_type="application/json", delivery_mode=2)
        self._channel.basic_publish(
            "burette.results", f"{self.campaign}.{event['type']}", json.dumps(event).encode(), properties,
            mandatory=True)

    def _event(self, type: str, **members: Any) -> Event:
        return {
            "version": 1, "type": type, "id": uuid.uuid4().hex, "campaign": self.campaign, "time": time.time(),
            **members}

    def _take(self, channel: Any, method: Any, properties: Any, body: bytes) -> None:
        try:
            job = Job.from_message(json.loads(body), lambda *_, **__: None)
        except (ValueError, KeyError, TypeError) as error:
            print(f"a message is no job ({error!r}), and is dead-lettered", file=sys.stderr)
            channel.basic_reject(method.delivery_tag, requeue=False)
            return
        if (job.id, job.publication) not in self._ended_jobs:
            trouble: Optional[Exception] = None
            for event in self._outcomes(job, method.redelivered):
                try:
                    self._outbox.send(event, self._publish)
                except Exception as error:  # It is kept, and the other samples of a batch go on.
                    trouble = trouble or error
            if trouble:
                self._ended_jobs.add((job.id, job.publication))
                raise trouble
        if self._is_stopping:  # With the acknowledgement the broker would deliver the next one.
            self._take_no_more()
        channel.basic_ack(method.delivery_tag)

    def _outcomes(self, job: Job, redelivered: bool) -> Iterator[Event]:
        """Does what is to be done with a job, and gives the events that end it, of a batch as they come."""
        lost = "its worker was lost during the measurement"
        if redelivered and job.redelivery == "hold":
            yield self._set_aside("held", job, lost)
        elif redelivered and job.redelivery == "fail":
            now = time.time()
            yield self._ended("failed", job, now, now, reason=lost, kind="accident")
        elif redelivered and job.samples:  # Only the planner knows which samples have a result: it publishes the others again.
            yield {**self._set_aside("returned", job, lost), "lost": True}
        elif self._is_stopping:  # It came in between, and nobody has touched it.
            yield self._set_aside("returned", job, "the worker stops")
        else:
            self._publish(self._event(
                "started", job=job.id, worker=self.name, redelivered=redelivered, publication=job.publication))
            yield from self._measured(job)

    def _measured(self, job: Job) -> Iterator[Event]:
        """Measures in a thread of its own, so that heartbeats go on."""
        began = time.time()
        outcomes: queue.SimpleQueue[tuple[Job, dict[str, Any]]] = queue.SimpleQueue()
        steps: list[tuple[Optional[float], Optional[str], Optional[dict[str, float]]]] = []

        def progress(
            fraction: Optional[float] = None, note: Optional[str] = None, values: Optional[dict[str, float]] = None
        ) -> None:
            steps.append((fraction, note, values))

        def work() -> None:
            ending = self._tried(lambda: self._measure(replace(job, progress=progress), outcomes))
            if ending:  # Said of the job, and of all samples that have no result.
                outcomes.put((job, ending))

        def news() -> Iterator[Event]:
            while not outcomes.empty():
                measured, outcome = outcomes.get()
                for id in [measured.id] + [sample.id for sample in measured.samples]:
                    open_samples.discard(id)
                yield self._news(measured, outcome, began)

        open_samples = {sample.id for sample in job.samples}
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        said, is_connected = 0.0, True
        while thread.is_alive():
            try:
                if is_connected:
                    self._connection.process_data_events(time_limit=0.02)
                if is_connected and steps and time.monotonic() - said > self.progress_interval:
                    (fraction, note, values), said = steps[-1], time.monotonic()
                    steps.clear()
                    members = {"fraction": fraction, "note": note, "partial": values}
                    self._publish(self._event(
                        "progressed", job=job.id, worker=self.name,
                        **{name: value for name, value in members.items() if value is not None}))
            except Exception as error:  # Whatever is lost, the measurement was paid for.
                print(f"{error!r}; the measurement goes on, and its result is kept", file=sys.stderr)
                is_connected = False
            if not is_connected:
                thread.join(0.02)
            yield from news()
        yield from news()
        if open_samples:
            reason = f"the function ended without a result of {len(open_samples)} of {len(job.samples)} samples"
            yield self._ended("failed", job, began, time.time(), reason=reason)

    def _measure(self, job: Job, outcomes: queue.SimpleQueue[tuple[Job, dict[str, Any]]]) -> Optional[dict[str, Any]]:
        """Calls the function that measures, and passes on what came of each sample; returns what came of a job that is no batch."""
        samples = [replace(sample, progress=job.progress) for sample in job.samples] or [job]
        if self._batch_function:
            for sample, answer in called_with_batch(self._batch_function, samples):
                def taken(sample: Job = sample, answer: Any = answer) -> dict[str, Any]:
                    if isinstance(answer, BaseException):
                        raise answer
                    return {"result": result_of(sample, answer)}
                outcomes.put((sample, self._tried(taken) or {}))
            return None
        for number, sample in enumerate(samples):
            if number and self._is_stopping:
                raise ReturnJob("the worker stops")
            outcome = self._tried(lambda: {"result": called(self._function, sample)}) or {}  # type: ignore
            if not job.samples or "returned" in outcome:
                return outcome
            outcomes.put((sample, outcome))
        return None

    def _tried(self, work: Callable[[], Optional[dict[str, Any]]]) -> Optional[dict[str, Any]]:
        """What came of a piece of work: what it returns, or why it failed."""
        try:
            return work()
        except ReturnJob as reason:
            return {"returned": str(reason) or "the worker returns it"}
        except FunctionUnusable as error:
            self._unusable, self._is_stopping = error, True
            return {"returned": str(error)}
        except Failed as failure:
            return {"reason": str(failure) or type(failure).__name__, "kind": failure.kind}
        except BaseException as error:
            return {"reason": f"{type(error).__name__}: {error}"}

    def _news(self, job: Job, outcome: dict[str, Any], began: float) -> Event:
        """What came of a job, as an event."""
        if "returned" in outcome:
            return self._set_aside("returned", job, outcome["returned"])
        if "reason" in outcome:
            kind = {"kind": outcome["kind"]} if outcome.get("kind") else {}
            return self._ended("failed", job, began, time.time(), reason=outcome["reason"], **kind)
        result = outcome["result"]
        members = {
            "units": result.units, "attachments": result.attachments, "cost": result.cost, "limits": result.limits,
            "errors": result.errors}
        event = self._ended(
            "measured", job, began, time.time(), values=result.values,
            **{name: value for name, value in members.items() if value is not None})
        event["parameters"] = {**job.parameters, **(result.parameters or {})}
        return event

    def _ended(self, type: str, job: Job, began: float, ended: float, **members: Any) -> Event:
        return self._event(
            type, job=job.id, parameters=job.parameters, worker=self.name, began=began, ended=ended,
            **self._samples(job), **members)

    def _set_aside(self, type: str, job: Job, reason: str) -> Event:
        return self._event(
            type, job=job.id, parameters=job.parameters, publication=job.publication, by=self.name, reason=reason,
            **self._samples(job))

    @staticmethod
    def _samples(job: Job) -> Event:
        """What a planner that does not know a batch needs of it."""
        if not job.samples:
            return {}
        return {"samples": [
            {"job": sample.id, "parameters": sample.parameters, "origin": sample.origin} for sample in job.samples]}
