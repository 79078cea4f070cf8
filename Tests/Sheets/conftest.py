"""The stand-in of Google Sheets, a key for it, and gspread as the people at the spreadsheet."""
import json, os, pathlib, subprocess, sys, time

import gspread, pytest, requests

from discovery import faults_of

PROGRAM = os.environ["BURETTE_TEST_PROGRAM"]
HERE = pathlib.Path(__file__).parent


def eventually(condition, seconds=300):
    """What `condition` says once it says something; its last word where nothing comes of it, on no machine."""
    end = time.monotonic() + seconds
    while True:
        try: found = condition()
        except Exception as error:
            if time.monotonic() > end: raise
            found = None
        if found or time.monotonic() > end: return found
        time.sleep(0.1)


class People(gspread.http_client.HTTPClient):
    """gspread, which talks to the stand-in instead of Google."""
    address = ""

    def __init__(self, auth, session=None):
        self.auth, self.session, self.timeout = None, requests.Session(), None
        self.session.headers["Authorization"] = "Bearer person"

    def request(self, method, endpoint, **rest): return super().request(method, endpoint.replace("https://sheets.googleapis.com", self.address), **rest)


class Google:
    """The stand-in, with a key that it knows."""
    def __init__(self, folder):
        self.folder = folder
        run = lambda *command: subprocess.run(command, check=True, capture_output=True)
        run("openssl", "genrsa", "-traditional", "-out", folder / "private.pem", "2048"); run("openssl", "rsa", "-in", folder / "private.pem", "-pubout", "-out", folder / "public.pem")
        self.process = subprocess.Popen([sys.executable, HERE / "standin.py", "0", folder / "public.pem"], stdout=subprocess.PIPE, text=True)
        self.address = People.address = f"http://127.0.0.1:{self.process.stdout.readline().split()[1]}"
        self.key = folder / "key.json"
        self.key.write_text(json.dumps({"type": "service_account", "client_email": "burette@lab.iam.gserviceaccount.com", "private_key": (folder / "private.pem").read_text(), "token_uri": self.address + "/token"}))
        self.key.chmod(0o600)

    def control(self, **settings): return requests.put(self.address + "/control", json=settings).json() if settings else requests.get(self.address + "/control").json()
    def book(self): return gspread.Client(auth=None, http_client=People).open_by_key("board")
    def notes(self, tab): return self.control()["notes"].get("board", {}).get(tab, [])


class Laboratory:
    """A data folder with its processes."""
    def __init__(self, folder, google):
        self.folder, self.processes = folder, []
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("BURETTE_")} | {
            "BURETTE_DATA": str(folder / "data"), "BURETTE_SHEETS_API": google.address, "BURETTE_SHEET_CREDENTIALS": str(google.key)}

    def start(self, *arguments):
        log = open(self.folder / f"{len(self.processes)}.log", "w+")
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], env=self.environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        process.log = pathlib.Path(log.name)
        self.processes.append(process); return process

    def command(self, *arguments): return subprocess.run([PROGRAM, *map(str, arguments)], env=self.environment, capture_output=True, text=True, timeout=60)
    def report(self, name): return json.loads(self.command("report", name, "--json").stdout)
    def logs(self): return "".join(process.log.read_text() for process in self.processes)

    def close(self):
        for process in self.processes:
            if process.poll() is None: process.kill()
            process.wait()


@pytest.fixture
def google(tmp_path):
    google = Google(tmp_path)
    yield google
    exchanges = requests.get(google.address + "/exchanges").json()
    google.process.kill(); google.process.wait()
    found = {fault for exchange in exchanges for fault in faults_of(exchange)}
    assert not found, f"the connector, gspread or the stand-in differ from Google's description: {found}"


@pytest.fixture
def laboratory(tmp_path, google):
    laboratory = Laboratory(tmp_path, google)
    yield laboratory
    laboratory.close()
