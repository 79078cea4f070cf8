"""Pictures of every page, on a desktop and on a phone, on light and on dark ground: python screenshots.py FOLDER.

Needs what the tests need, and Pillow. BURETTE_TEST_PROGRAM is the program.
"""
import io, pathlib, subprocess, sys, tempfile, time

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from conftest import PROGRAM, Laboratory, eventually

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
DEFINITION = """campaign: amidation
parameters:
  - {name: temperature, type: continuous, low: 20, high: 120, unit: °C, step: 1}
  - {name: time, type: continuous, low: 5, high: 180, unit: min, step: 1}
  - {name: loading, type: continuous, low: 0.1, high: 20, unit: mol%, scale: log, digits: 2}
  - {name: solvent, type: categorical, options: [water, THF, DMF, toluene]}
objectives: [{name: yield, goal: maximize, unit: "%"}]
budget: {measurements: 60}
instrument: {python: "laboratory.py:reaction", count: 3}
"""
MEASURE = """import math, random, time
def reaction(temperature, time, loading, solvent):
    t, h = temperature, time
    __import__("time").sleep(random.uniform(0.15, 0.6))
    if random.random() < 0.06: raise RuntimeError("the line is clogged")
    best = {"water": 40, "THF": 75, "DMF": 92, "toluene": 60}[solvent]
    return round(best * math.exp(-((t - 82) / 35) ** 2) * (1 - math.exp(-h / 40)) * (1 - math.exp(-loading / 3)) + random.gauss(0, 0.5), 2)
"""
# Fifteen quick measurements, and then slow ones: a board with something on each of its tables.
SLOW = MEASURE.replace("random.uniform(0.15, 0.6)", "random.uniform(0.15, 0.6) if CALLS.pop() else 900").replace("import math", "CALLS = [False] + [True] * 8\nimport math")


def browser_of(size, scheme):
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={size[0]},{size[1]}"): options.add_argument(argument)
    options.binary_location = "/usr/bin/chromium"
    browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": size[0] < 600})
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    return browser


def picture(browser, address, most=2000):
    browser.get(address)
    charts = len(browser.find_elements(By.CSS_SELECTOR, ".chart"))
    eventually(lambda: len(browser.find_elements(By.CSS_SELECTOR, ".chart canvas, .chart svg")) >= charts, 15)
    time.sleep(0.3)
    height = min(most, browser.execute_script("return document.documentElement.scrollHeight"))
    width = browser.execute_script("return document.documentElement.clientWidth")
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}})
    return Image.open(io.BytesIO(__import__("base64").b64decode(shot["data"]))).convert("RGB")


def main():
    folder = pathlib.Path(sys.argv[1]); folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        laboratory, locked = Laboratory(pathlib.Path(place)), Laboratory(pathlib.Path(place) / "locked")
        try:
            (laboratory.folder / "laboratory.py").write_text(MEASURE)
            file = laboratory.folder / "amidation.yaml"; file.write_text(DEFINITION)
            other = laboratory.folder / "amidation-2.yaml"; other.write_text(DEFINITION.replace("campaign: amidation", "campaign: amidation-2").replace("measurements: 60", "measurements: 20").replace("count: 3", "count: 1"))
            people = laboratory.campaign("by-hand", lambda text: "\n".join(line for line in text.splitlines() if not line.startswith("instrument")))
            laboratory.start("run", other)
            running = laboratory.start("run", file)
            (laboratory.folder / "slow.py").write_text(SLOW)
            board = laboratory.folder / "screening.yaml"
            board.write_text(DEFINITION.replace("campaign: amidation", "campaign: screening").replace("laboratory.py", "slow.py").replace("count: 3", "count: 2")
                             .replace("budget:", "planner: {lookahead: 4}\nbudget:"))
            laboratory.start("run", board)
            room = laboratory.start("run", people, "--serve", "--listen", 0); laboratory.listening(room)
            import json, urllib.request
            def campaign(name): return json.load(urllib.request.urlopen(laboratory.address + f"/api/campaigns/{name}"))["campaign"]
            eventually(lambda: campaign("amidation")["measured"] >= 42, 120)
            eventually(lambda: campaign("screening")["measured"] >= 16 and campaign("screening")["measuring"] == 2, 60)
            locked.folder.mkdir()
            subprocess.run([PROGRAM, "user", "add", "ann", "--role", "operator"], env=locked.environment, input="correct horse battery\n", text=True, check=True)
            locked.serve()
            paths = {"campaigns": "/", "campaign": "/campaigns/amidation", "model": "/campaigns/amidation/model?x=temperature&y=loading", "job": "/campaigns/amidation/jobs/best",
                     "capacity": "/campaigns/amidation/capacity", "compare": "/compare?name=amidation&name=amidation-2", "order": "/campaigns/screening/orders/budget",
                     "board": "/campaigns/screening/board", "login": locked.address + "/login",
                     "bench": "/campaigns/by-hand/bench", "card": "/campaigns/amidation/jobs/best/card"}
            running.wait(120)
            for scheme in ("light", "dark"):
                for device, size in SIZES.items():
                    browser = browser_of(size, scheme)
                    if scheme == "light" and device == "desktop":
                        browser.get(laboratory.address + paths["capacity"]); browser.find_element(By.CSS_SELECTOR, "#study button").click()
                        eventually(lambda: browser.find_elements(By.CSS_SELECTOR, "#study tbody tr"), 300)
                    browser.get(laboratory.address + paths["bench"])
                    for label in ("person", None):
                        if label and browser.find_elements(By.ID, "person"):
                            browser.find_element(By.ID, "person").send_keys("ann"); browser.find_element(By.CSS_SELECTOR, "main button").click()
                            eventually(lambda: browser.find_elements(By.ID, "take"), 5)
                    if browser.find_elements(By.ID, "take"): browser.find_element(By.CSS_SELECTOR, "#take button").click(); eventually(lambda: browser.find_elements(By.ID, "v.branin"), 20)
                    for name, path in paths.items():
                        picture(browser, path if path.startswith("http") else laboratory.address + path, 2600 if device == "desktop" else 2200).quantize(128).save(folder / f"{name}-{device}-{scheme}.png", optimize=True)
                    browser.quit()
        finally:
            laboratory.close(); locked.close()


main()
