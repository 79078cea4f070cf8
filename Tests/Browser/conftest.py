"""A campaign, the control room, and a headless Chromium in front of it."""
import os, pathlib, re, signal, subprocess, time

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

PROGRAM = os.environ["BURETTE_TEST_PROGRAM"]
ROOT = pathlib.Path(__file__).parent.parent.parent


def eventually(condition, seconds=300):
    """What `condition` says once it says something; its last word where nothing comes of it, on no machine."""
    end = time.monotonic() + seconds
    while True:
        try: found = condition()
        except Exception: found = None
        if found or time.monotonic() > end: return found
        time.sleep(0.05)


class Laboratory:
    """A data folder with its processes."""
    def __init__(self, folder):
        self.folder, self.processes, self.address = folder, [], None
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("BURETTE_")} | {"BURETTE_DATA": str(folder / "data")}

    def start(self, *arguments):
        log = open(self.folder / f"{len(self.processes)}.log", "w+")
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        process.log = log.name
        self.processes.append(process); return process

    def campaign(self, name="branin-demo", edit=lambda text: text):
        file = self.folder / f"{name}.yaml"
        file.write_text(edit((ROOT / "examples/branin.yaml").read_text().replace("branin-demo", name))); return file

    def serve(self, port=0):
        process = self.start("serve", "--listen", port)
        self.listening(process); return process

    def listening(self, process):
        said = eventually(lambda: re.search(r"is at (https?://\S+?)/\n", pathlib.Path(process.log).read_text()))
        assert said, pathlib.Path(process.log).read_text()
        self.address = said[1]

    def close(self):
        for process in self.processes:
            if process.poll() is None: process.kill()
            process.wait()


@pytest.fixture
def laboratory(tmp_path):
    laboratory = Laboratory(tmp_path)
    yield laboratory
    laboratory.close()


@pytest.fixture(scope="session")
def chromium():
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1200,1400"): options.add_argument(argument)
    options.binary_location = "/usr/bin/chromium"
    options.accept_insecure_certs = True
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    yield browser
    browser.quit()


@pytest.fixture
def browser(chromium):
    """The browser; a page that complained, by a blocked script or style or an error of ours, fails its test."""
    chromium.get_log("browser")
    yield chromium
    complaints = [entry["message"] for entry in chromium.get_log("browser") if entry["level"] == "SEVERE" and "net::ERR" not in entry["message"]
                  and "status of 4" not in entry["message"]]
    chromium.get("about:blank")
    assert not complaints, complaints
