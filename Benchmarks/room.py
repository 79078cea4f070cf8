#!/usr/bin/env python3
"""room.py BURETTE [--browsers 50] [--observations 10000]: what the control room costs a planner on the same machine.

A campaign with so many imported observations is run to its end by 8 workers, alone and then with `burette serve` beside it and so many browsers on
its page: each follows the events, and at news fetches the page and the numbers of its charts anew, once a second at most, as room.js does. Printed
are the planner's times for a recommendation, the workers' utilization, and how long a browser waits.
"""
import argparse, json, os, random, re, statistics, subprocess, tempfile, threading, time, urllib.request

a = argparse.ArgumentParser(description=__doc__)
os.nice(10)  # Browsers are on other machines: they must not take the planner's cores.
a.add_argument("burette"); a.add_argument("--browsers", type=int, default=50); a.add_argument("--observations", type=int, default=10_000)
a.add_argument("--measurements", type=int, default=120); o = a.parse_args()

DEFINITION = f"""campaign: room
parameters: [{", ".join("{name: x%d, type: continuous, low: 0, high: 1}" % i for i in range(6))}]
objectives: [{{name: y, goal: minimize}}]
budget: {{measurements: {o.measurements}}}
instrument: {{surface: hartmann6, duration: {{low: 0.5, high: 1.5}}, count: 8}}
"""


def browse(address, stop, waits):
    """One browser: at each event the page and its numbers, once a second at most."""
    while not stop.is_set():
        try:
            with urllib.request.urlopen(f"{address}/api/campaigns/room/events?after={o.observations}", timeout=30) as stream:
                for line in stream:
                    if stop.is_set(): return
                    if not line.startswith(b"data:"): continue
                    began = time.monotonic()
                    urllib.request.urlopen(f"{address}/campaigns/room", timeout=60).read()
                    waits.append(time.monotonic() - began)
                    urllib.request.urlopen(f"{address}/api/campaigns/room/progress", timeout=60).read()
                    time.sleep(max(0, 1 - (time.monotonic() - began)))
        except OSError:
            time.sleep(0.2)


def run(browsers):
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, BURETTE_DATA=f"{folder}/data", OPENBLAS_NUM_THREADS="1")
        file, rows = f"{folder}/room.yaml", f"{folder}/rows.csv"
        open(file, "w").write(DEFINITION)
        r = random.Random(1)
        with open(rows, "w") as out:
            out.write(",".join(f"x{i}" for i in range(6)) + ",y\n")
            for _ in range(o.observations): out.write(",".join(f"{r.random():.6f}" for _ in range(6)) + f",{-r.random():.6f}\n")
        subprocess.run([o.burette, "import", file, rows], env=environment, check=True, capture_output=True)
        stop, waits, threads, room = threading.Event(), [], [], None
        if browsers:
            log = open(f"{folder}/serve.log", "w+")
            room = subprocess.Popen([o.burette, "serve", "--listen", "0"], env=environment, stdout=log, stderr=log)
            while not (said := re.search(r"is at (http://\S+?)/\n", open(log.name).read())): time.sleep(0.1)
            threads = [threading.Thread(target=browse, args=(said[1], stop, waits), daemon=True) for _ in range(browsers)]
        # Under the default priority again, which needs root.
        running = subprocess.Popen([o.burette, "run", file, "--json"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, preexec_fn=lambda: os.nice(-10))
        for thread in threads: thread.start()
        report = json.loads(running.communicate()[0])
        stop.set()
        if room: room.terminate(); room.wait()
        page = f"{statistics.median(waits):.3f} ({len(waits)} times)" if waits else "-"
        print(f"| {browsers} | {report['plan_seconds']['median']:.3f} | {report['plan_seconds']['max']:.3f} | {report['utilization']:.3f} | {page} |", flush=True)


print("| browsers | a plan, s, median | most | utilization | a page, s, median |\n|---|---|---|---|---|")
run(0); run(o.browsers); run(0)
