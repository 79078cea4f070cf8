"""How many workers one planner and one broker carry.

    scale.py --burette PROGRAM --broker URL --broker-pid PID [--workers 1,8,64,256,1000] [--seconds 30] [--planner random]

For each number of workers: a campaign of its own, measurements of 0.1 to 5 s (evenly spread), `--count` workers in processes of at most 250.
After a warm-up, for so many seconds: jobs a second beside what the workers could do without any wait, the time from a measurement's end to the
next one's begin at the same worker (its turn: publish, confirm, acknowledge, delivery), and the CPU and memory of planner and broker.
Prints one line of a Markdown table for each.
"""
import argparse, csv, io, json, os, signal, statistics, subprocess, sys, tempfile, time

LOW, HIGH = 0.1, 5.0
TICKS = os.sysconf("SC_CLK_TCK")
CAMPAIGN = """campaign: {name}
parameters:
  - {{name: x0, type: continuous, low: -5, high: 10}}
  - {{name: x1, type: continuous, low: 0, high: 15}}
objectives: [{{name: branin, goal: minimize}}]
planner: {{kind: {planner}, seed: 1, lookahead: {lookahead}}}
budget: {{measurements: 1000000}}
"""


def processes(root):
    """`root` and its descendants."""
    children = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                parent = int(open(f"/proc/{entry}/stat").read().rsplit(")", 1)[1].split()[1])
                children.setdefault(parent, []).append(int(entry))
            except OSError:
                pass
    found, waiting = [], [root]
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children.get(one, [])
    return found


def cost(root):
    """CPU seconds so far, and resident MB."""
    seconds = memory = 0
    for pid in processes(root):
        try:
            fields = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
            seconds += (int(fields[11]) + int(fields[12])) / TICKS
            memory += int(fields[21]) * os.sysconf("SC_PAGE_SIZE") / 1e6
        except OSError:
            pass
    return seconds, memory


def quartiles(values):
    return [f"{1000 * value:.0f}" for value in statistics.quantiles(values, n=4)] if len(values) > 1 else ["-"] * 3


def cell(options, count):
    name = f"scale-{options.planner}-{count}".replace("gaussian-process", "gp")
    environment = {**os.environ, "BURETTE_BROKER": options.broker}
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/{name}.yaml"
        open(path, "w").write(CAMPAIGN.format(name=name, planner=options.planner, lookahead=max(3, count // options.share)))
        log = open(f"{folder}/log", "w")
        start = lambda *words: subprocess.Popen(
            [options.burette, *words], env=environment, cwd=folder, stdout=log, stderr=log)
        planner = start("plan", path, "--data", f"{folder}/planner", "--withdraw")
        workers = []
        for first in range(0, count, 250):
            workers.append(start(
                "work", name, "--surface", "branin", "--duration", f"{LOW}...{HIGH}", "--count", str(min(250, count - first)),
                "--name", f"w{first}", "--data", f"{folder}/work{first}"))
        try:
            time.sleep(options.warm)
            before = {part: cost(pid) for part, pid in (("planner", planner.pid), ("broker", options.broker_pid))}
            begin = time.time()
            time.sleep(options.seconds)
            end = time.time()
            after = {part: cost(pid) for part, pid in (("planner", planner.pid), ("broker", options.broker_pid))}
            table = subprocess.run(
                [options.burette, "export", name, "--data", f"{folder}/planner"], env={k: v for k, v in environment.items() if k != "BURETTE_BROKER"},
                cwd=folder, capture_output=True, text=True, check=True).stdout
        finally:
            for process in workers + [planner]:
                process.send_signal(signal.SIGINT)
            for process in workers + [planner]:
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    process.kill()
            subprocess.run([options.burette, "clear", name, "--yes", "--data", f"{folder}/planner"], env=environment, cwd=folder, capture_output=True)
        rows = [row for row in csv.DictReader(io.StringIO(table))]
        times = {}
        for row in rows:
            times.setdefault(row["worker"], []).append((float(row["began"]), float(row["ended"])))
        turns, busy = [], 0
        for spans in times.values():
            spans.sort()
            busy += sum(max(0, min(b, end) - max(a, begin)) for a, b in spans)
            turns += [b[0] - a[1] for a, b in zip(spans, spans[1:]) if begin <= a[1] and b[0] <= end]
        measured = sum(begin <= float(row["ended"]) < end for row in rows)
        rate, most = measured / (end - begin), count / ((LOW + HIGH) / 2)
        used = {part: (after[part][0] - before[part][0]) / (end - begin) for part in before}
        low, median, high = quartiles(turns)
        print(
            f"| {options.planner} | {count} | {rate:.1f} | {most:.1f} | {median} ({low} to {high}) | "
            f"{100 * used['planner']:.0f} % | {after['planner'][1]:.0f} | {100 * used['broker']:.0f} % | {after['broker'][1]:.0f} |", flush=True)


parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--burette", required=True)
parser.add_argument("--broker", required=True)
parser.add_argument("--broker-pid", type=int, required=True)
parser.add_argument("--workers", default="1,8,64,256,1000")
parser.add_argument("--planner", default="random", choices=["random", "gaussian-process"])
parser.add_argument("--share", type=int, default=4, help="one job is kept ready for so many workers")
parser.add_argument("--seconds", type=float, default=30)
parser.add_argument("--warm", type=float, default=20)
options = parser.parse_args()
print("| planner | workers | jobs/s | at most | turn, ms, median (quartiles) | planner CPU | planner MB | broker CPU | broker MB |")
print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
for count in map(int, options.workers.split(",")):
    cell(options, count)
