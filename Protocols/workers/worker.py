#!/usr/bin/env python3
"""A worker in Python: takes a campaign's jobs one at a time, measures, and says what came of it.

    python3 worker.py CAMPAIGN [amqp://user:password@host]        (or BURETTE_BROKER; needs the package pika)

Edit measure() for your instrument. The rest keeps Burette's promises: prefetch 1, heartbeats while it measures, the result on
this disk until the broker has confirmed it, and only then the job acknowledged. SIGTERM or Ctrl-C finishes the running job, and takes
no other; a second one leaves at once. The messages are in Protocols/README.md.
"""
import fcntl, hashlib, json, math, os, pathlib, re, signal, socket, sys, threading, time, uuid
import pika


def measure(parameters, progress):
    """Measures at a point; returns the values by objective. Raise an exception with a reason if it cannot be done."""
    time.sleep(0.05)
    progress(0.5, "half of it")
    x, y = parameters["x0"], parameters["x1"]
    return {"branin": (y - 0.1291845 * x * x + 1.5915494 * x - 6) ** 2 + 9.6021127 * math.cos(x) + 10}


# What the instrument can do, where it cannot do everything: {"solvent": ["water", "THF"], "temperature": {"low": 20, "high": 80}}
ONLY = json.loads(os.environ.get("BURETTE_ONLY", "{}"))


def queue_name(only):
    """solvent=THF,water;temperature=20~80, whatever else percent-encoded."""
    def plain(value):
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        return re.sub(rb"[^A-Za-z0-9_-]", lambda byte: b"%%%02X" % byte[0][0], text.encode()).decode()
    return ";".join(
        f"{plain(name)}=" + (",".join(plain(value) for value in sorted(set(values))) if isinstance(values, list)
                             else f"{plain(values['low'])}~{plain(values['high'])}")
        for name, values in sorted(only.items()))


class Worker:
    def __init__(self, campaign, url, name, spool):
        self.campaign, self.name = campaign, name
        self.queue = f"burette.{campaign}.jobs" + (f".{queue_name(ONLY)}" if ONLY else "")
        self.spool = pathlib.Path(spool)
        self.spool.mkdir(parents=True, exist_ok=True)
        self.parameters = pika.URLParameters(url)
        self.stopping = False
        self.unsaved = []  # Results that this disk did not take.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self.stop)

    def stop(self, *_):
        if self.stopping:
            os._exit(130)
        self.stopping = True
        print("finishing the running measurement; a second signal leaves at once", file=sys.stderr)

    def run(self):
        """Works until it is told to stop; a lost connection is made anew."""
        pause = 0.2
        while not self.stopping:
            try:
                self.connection = pika.BlockingConnection(self.parameters)
                self.channel = self.connection.channel()
                self.channel.confirm_delivery()
                self.deliver_what_is_left()
                if ONLY:  # The planner makes the queue; until then consuming fails, and is tried again.
                    self.publish(self.event("present", worker=self.name, only=ONLY))
                self.channel.basic_qos(prefetch_count=1)
                self.consumer = self.channel.basic_consume(self.queue, self.take)
                pause = 0.2
                while not self.stopping:
                    self.connection.process_data_events(time_limit=0.5)
                self.take_no_more()
                self.connection.close()
            except (pika.exceptions.AMQPError, OSError) as error:
                print(f"{error!r}; trying again", file=sys.stderr)
                time.sleep(pause)
                pause = min(15, 2 * pause)

    def take_no_more(self):
        """Cancels the consumer, and gives back what the broker has delivered in this very moment."""
        if self.consumer:
            # pika's own basic_cancel rejects such a job, and the next worker would take it for one that had been begun.
            self.channel._impl._send_method(pika.spec.Basic.Cancel(self.consumer, nowait=True))
            self.consumer = None
            self.channel.queue_declare(self.queue, passive=True)  # The answer comes behind what was delivered.
            self.connection.process_data_events(time_limit=0)

    def publish(self, event):
        """Returns when the broker has it; raises when it has not."""
        properties = pika.BasicProperties(
            message_id=event["id"], type=event["type"], content_type="application/json", delivery_mode=2)
        self.channel.basic_publish(
            "burette.results", f"{self.campaign}.{event['type']}", json.dumps(event).encode(), properties, mandatory=True)

    def event(self, type, **fields):
        return {"version": 1, "type": type, "id": uuid.uuid4().hex, "campaign": self.campaign, "time": time.time(), **fields}

    def deliver_what_is_left(self):
        """Results that no broker confirmed before this worker died, before it takes a job."""
        for file in sorted(self.spool.glob("*.json"), key=lambda file: file.stat().st_mtime):
            try:
                event = json.loads(file.read_text())
            except ValueError as error:
                print(f"{file} cannot be read ({error}) and stays there for a person to look at", file=sys.stderr)
                continue
            self.publish(event)
            file.unlink()
        while self.unsaved:
            self.publish(self.unsaved[0])
            self.unsaved.pop(0)

    def take(self, channel, method, properties, body):
        job = json.loads(body)
        if method.redelivered and job["redelivery"] == "hold":
            self.publish(self.event("held", job=job["job"], publication=job.get("publication", 1), by=self.name,
                                    parameters=job["parameters"], reason="its worker was lost during the measurement"))
        elif method.redelivered and job["redelivery"] == "fail":
            now = time.time()
            self.publish(self.event("failed", job=job["job"], worker=self.name, began=now, ended=now,
                                    parameters=job["parameters"], reason="its worker was lost during the measurement"))
        elif self.stopping:  # It came in between, and nobody has touched it.
            self.publish(self.event("returned", job=job["job"], publication=job.get("publication", 1), by=self.name,
                                    parameters=job["parameters"], reason="the worker stops"))
        else:
            self.publish(self.event("started", job=job["job"], worker=self.name, redelivered=method.redelivered,
                                    publication=job.get("publication", 1)))
            self.finish(self.measured(job))
        if self.stopping:  # With the acknowledgement the broker would deliver the next one.
            self.take_no_more()
        channel.basic_ack(method.delivery_tag)

    def measured(self, job):
        """Measures in a thread of its own, so that heartbeats go on."""
        began, outcome, steps = time.time(), {}, []

        def work():
            try:
                values = measure(job["parameters"], lambda fraction, note="": steps.append((fraction, note)))
                outcome["values"] = {name: float(values[name]) for name in job["objectives"]}
            except Exception as error:
                outcome["reason"] = f"{type(error).__name__}: {error}"

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        said = 0.0
        while thread.is_alive():
            self.connection.process_data_events(time_limit=0.02)
            if steps and time.time() - said > 10:
                fraction, note = steps[-1]
                steps.clear()
                said = time.time()
                self.publish(self.event("progressed", job=job["job"], worker=self.name, fraction=fraction, note=note))
        span = {"job": job["job"], "parameters": job["parameters"], "worker": self.name, "began": began, "ended": time.time()}
        return self.event("failed" if "reason" in outcome else "measured", **span, **outcome)

    def finish(self, result):
        """On this disk first, then at the broker, then off this disk. A full disk is no reason to lose it."""
        file, draft = self.spool / f"{result['id']}.json", self.spool / f"{result['id']}.draft"
        try:
            with open(draft, "w") as output:
                json.dump(result, output)
                output.flush()
                os.fsync(output.fileno())
            draft.rename(file)
        except OSError as error:
            print(f"the result cannot be kept on this disk ({error}), and goes to the broker at once", file=sys.stderr)
            file = None
        try:
            self.publish(result)
        except Exception:
            if file is None:
                print(f"neither the disk nor the broker has taken this result: {json.dumps(result)}", file=sys.stderr)
                self.unsaved.append(result)
            raise
        if file:
            file.unlink()


def own_name(folder):
    """The host's name, six digits for this machine and folder, and the first number that no other worker here has: the same after a restart."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / ".worker-place"
    if not place.exists():
        place.write_text(uuid.uuid4().hex)
    machine = pathlib.Path("/etc/machine-id")
    known = place.read_bytes() + (machine.read_bytes() if machine.exists() else b"")
    stem = f"{socket.gethostname().split('.')[0]}-{hashlib.sha256(known).hexdigest()[:6]}-python"
    for number in range(1, 10000):
        lock = open(folder / f"{stem}-{number}.lock", "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return f"{stem}-{number}", lock
        except OSError:
            lock.close()


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    url = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("BURETTE_BROKER") or sys.exit("where is the broker? see --help")
    folder = pathlib.Path(os.environ.get("BURETTE_DATA", "burette-data")) / "spool" / sys.argv[1]
    name, lock = (os.environ["BURETTE_WORKER"], None) if "BURETTE_WORKER" in os.environ else own_name(folder)
    print(f"working on {sys.argv[1]} as {name}", file=sys.stderr)
    Worker(sys.argv[1], url, name, folder / name).run()
