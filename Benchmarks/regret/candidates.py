"""Asks over a list of candidates: seconds to the first one, an ask at 10 to 39 observations, memory, and what is found.

    candidates.py --burette PROGRAM [--rows 1000000] [--descriptors 8]
"""
import argparse, json, os, random, statistics, subprocess, tempfile, time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--burette", required=True)
parser.add_argument("--rows", type=int, default=1_000_000)
parser.add_argument("--descriptors", type=int, default=8)
options = parser.parse_args()
dice = random.Random(1)
rows = {f"CC(=O)Nc1ccc(O)cc1-{i:07d}": [round(dice.gauss(0, 1), 5) for _ in range(options.descriptors)] for i in range(options.rows)}


def value(numbers):
    return -((numbers[0] - 1.5) ** 2) - (numbers[1] + 1) ** 2 - 0.5 * (numbers[2] - 0.5) ** 2


with tempfile.TemporaryDirectory() as folder:
    with open(f"{folder}/library.csv", "w") as file:
        file.write("compound," + ",".join(f"d{i}" for i in range(options.descriptors)) + "\n")
        file.writelines(f"{name},{','.join(map(str, numbers))}\n" for name, numbers in rows.items())
    with open(f"{folder}/campaign.yaml", "w") as file:
        file.write("campaign: library\ncandidates: library.csv\nobjectives: [{name: y, goal: maximize}]\nplanner: {seed: 1}\n")
    planner = subprocess.Popen(
        [options.burette, "asktell", f"{folder}/campaign.yaml"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    seconds, values = [], []
    for _ in range(40):
        began = time.monotonic()
        planner.stdin.write('{"ask": {}}\n')
        planner.stdin.flush()
        point = json.loads(planner.stdout.readline())["recommendations"][0]["parameters"]
        seconds.append(time.monotonic() - began)
        values.append(value(rows[point["compound"]]))
        planner.stdin.write(json.dumps({"tell": [{"parameters": point, "values": {"y": values[-1]}}]}) + "\n")
        planner.stdin.flush()
    with open(f"/proc/{planner.pid}/status") as file:
        memory = int(next(line for line in file if line.startswith("VmHWM")).split()[1]) // 1024
    planner.stdin.close()
    planner.wait()
better = sum(value(numbers) > max(values) for numbers in rows.values())
quartiles = ", ".join(f"{q:.2f}" for q in statistics.quantiles(seconds[10:], n=4, method="inclusive"))
print(f"{options.rows} rows: first ask {seconds[0]:.1f} s, then {quartiles} s (quartiles), {memory} MB; {better} rows are better than the best of 40")
