"""A Google spreadsheet as the board of a campaign, at a stand-in of the service, with gspread as the people."""
import math, os, random, signal, time

import pytest

from conftest import eventually

BOARD = ("--sheet", "--sheet-interval", "0.3")


def campaign(laboratory, measurements=20, name="branin", extra="", duration="{low: 0.4, high: 0.8}"):
    file = laboratory.folder / f"{name}.yaml"
    file.write_text(f"""campaign: {name}
parameters:
  - {{name: x0, type: continuous, low: -5, high: 10}}
  - {{name: x1, type: continuous, low: 0, high: 15}}
objectives: [{{name: branin, goal: minimize}}]
planner: {{kind: random, seed: 3, lookahead: 4, initial_design: {{count: 4}}}}
budget: {{measurements: {measurements}}}
instrument: {{surface: branin, duration: {duration}, count: 1}}
sheet: {{spreadsheet: "https://docs.google.com/spreadsheets/d/board/edit#gid=0"}}
{extra}""")
    return file


def branin(x, y): return (y - 5.1 * x * x / (4 * math.pi ** 2) + 5 * x / math.pi - 6) ** 2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x) + 10


class Tab:
    """A worksheet as a person sees it: columns by their headings, rows by their jobs."""
    def __init__(self, book, title):
        self.sheet = book.worksheet(title)
        rows = self.sheet.get_values(value_render_option="UNFORMATTED_VALUE")
        self.headings, self.rows = rows[1] if len(rows) > 1 else [], rows[2:]

    def column(self, heading): return self.headings.index(heading)
    def cell(self, row, heading):
        place = self.column(heading)
        return self.rows[row][place] if place < len(self.rows[row]) else ""
    def jobs(self): return [self.cell(row, "job") for row in range(len(self.rows)) if self.cell(row, "job")]
    def row(self, job): return next(row for row in range(len(self.rows)) if self.cell(row, "job") == job)
    def place(self, row, heading): return self.sheet.cell(1, 1).__class__ and f"{chr(65 + self.column(heading))}{row + 3}"
    def type(self, row, heading, text): self.sheet.update([[text]], self.place(row, heading), raw=False)


def test_a_robot_and_a_person_measure_side_by_side_whoever_is_killed_meanwhile(laboratory, google):
    # The robot is slow beside any person: also on a slow machine much is typed, and there is time to kill.
    file = campaign(laboratory, duration="{low: 1.5, high: 2.5}")
    run = [laboratory.start("run", file, *BOARD)]
    book = eventually(lambda: (book := google.book()) and len(Tab(book, "Queue").jobs()) >= 4 and book)
    typed = {}

    def work():
        """One experiment of the person, the last of the queue: the robot takes the first."""
        queue = Tab(book, "Queue")
        free = [row for row in range(len(queue.rows)) if queue.cell(row, "job") and queue.cell(row, "branin") == ""]
        if len(free) < 2: return
        job = queue.cell(free[-1], "job")
        if job in typed: return
        value = round(branin(queue.cell(free[-1], "x0"), queue.cell(free[-1], "x1")), 6)
        # Rows may have moved since they were read: a person looks where the job is now.
        queue = Tab(book, "Queue")
        if job not in queue.jobs(): return
        typed[job] = value; queue.type(queue.row(job), "branin", str(value).replace(".", ",") if len(typed) % 2 else str(value))

    def seen():
        try: return len(Tab(book, "Results").jobs())
        except Exception: return 0

    kills = 0
    while run[-1].poll() is None:
        try: work()
        except Exception: pass
        time.sleep(0.25)
        # Each time that three more are seen in Results.
        if kills < 5 and seen() >= 3 * (kills + 1):
            kills += 1
            run[-1].send_signal(signal.SIGKILL); run[-1].wait()
            run.append(laboratory.start("run", file, *BOARD))
    assert run[-1].returncode == 0, laboratory.logs()
    # What was typed at the very end finds a campaign that is over; it is taken when somebody looks again.
    report = laboratory.report("branin")
    assert report["measured"] == 20 and kills >= 3, report
    by = report["measured_by"]
    assert by.get("sheet", 0) >= 3 and any(name != "sheet" for name in by), by
    results = Tab(google.book(), "Results")
    assert len(results.jobs()) == 20 == len(set(results.jobs()))
    exported = {line.split(",")[0]: float(line.split(",")[6]) for line in laboratory.command("export", "branin").stdout.splitlines()[1:]}
    assert {job: results.cell(results.row(job), "branin") for job in results.jobs()} == pytest.approx(exported)
    for job, value in typed.items():
        if job in exported and report["duplicates"] == 0: assert exported[job] == pytest.approx(value), job
    assert "PRIVATE KEY" not in laboratory.logs() and "Bearer" not in laboratory.logs()


def test_people_move_request_correct_comment_and_are_told_what_is_wrong(laboratory, google):
    laboratory.start("run", campaign(laboratory, 1000, duration="{low: 600, high: 600}"), *BOARD)
    book = eventually(lambda: (book := google.book()) and len(Tab(book, "Queue").jobs()) == 4 and len(Tab(book, "Pending").jobs()) == 1 and book)
    queue = Tab(book, "Queue"); first = queue.jobs()
    # A column of their own, and other headings: nothing depends on places or names.
    book.batch_update({"requests": [{"insertDimension": {"range": {"sheetId": queue.sheet.id, "dimension": "COLUMNS", "startIndex": 0, "endIndex": 1}, "inheritFromBefore": False}}]})
    queue.sheet.update([["who"]], "A2"); queue.sheet.update([["Prüfling"]], "E2")
    moved = queue.sheet.client.batch_update(book.id, {"requests": [{"moveDimension": {"source": {"sheetId": queue.sheet.id, "dimension": "ROWS", "startIndex": 5, "endIndex": 6}, "destinationIndex": 2}}]})
    assert moved is not None
    jobs = lambda: [row[1] for row in book.worksheet("Queue").get_values()[2:] if len(row) > 1 and row[1]]
    wanted = [first[3], *first[:3]]
    assert eventually(lambda: jobs() == wanted and [int(row[3]) for row in book.worksheet("Queue").get_values()[2:6]] == [1, 2, 3, 4]), jobs()
    status = laboratory.command("status", "branin").stdout
    # A request, with a decimal comma; and one that is outside.
    sheet = book.worksheet("Queue"); keys = sheet.row_values(1)
    at = lambda key: chr(65 + keys.index(key))
    sheet.update([["2,5"]], f"{at('p.x0')}8", raw=False); sheet.update([[3]], f"{at('p.x1')}8", raw=False)
    sheet.update([[99]], f"{at('p.x0')}10", raw=False); sheet.update([[3]], f"{at('p.x1')}10", raw=False)
    assert eventually(lambda: any("outside" in note for _, _, note in google.notes("Queue")))
    assert eventually(lambda: any(job.startswith("manual-") for job in jobs())), (jobs(), status)
    # A result for a job that waits, one that is none, and a failure.
    def type_beside(job, text):
        def typed():
            rows = book.worksheet("Queue").get_values(value_render_option="UNFORMATTED_VALUE")
            row = next((i for i, cells in enumerate(rows) if len(cells) > 1 and cells[1] == job), None)
            if row is None: return True
            sheet.update([[text]], f"{at('v.branin')}{row + 1}", raw=False); return True
        assert eventually(typed)
    type_beside(wanted[0], "1,5"); type_beside(wanted[1], "a lot"); type_beside(wanted[2], "infeasible: it clots")
    assert eventually(lambda: laboratory.report("branin")["measured"] == 1 and laboratory.report("branin")["failed"] == 1), laboratory.logs()
    assert eventually(lambda: any("not a number" in note for _, _, note in google.notes("Queue"))), google.notes("Queue")
    # A correction and a comment in Results, and a row that is deleted there.
    results = lambda: Tab(book, "Results")
    assert eventually(lambda: results().jobs() == [wanted[0]])
    results().type(0, "branin", "0,25"); results().type(0, "comment", "'=cloudy")
    assert eventually(lambda: results().cell(0, "branin") == 0.25 and results().cell(0, "comment") == "sheet: =cloudy"), results().rows
    assert "0.25" in laboratory.command("export", "branin").stdout
    book.worksheet("Results").delete_rows(3)
    assert eventually(lambda: results().jobs() == [wanted[0]] and any("deleted" in note for _, _, note in google.notes("Results")))
    # The spreadsheet is emptied: it is made anew.
    book.worksheet("Results").clear()
    assert eventually(lambda: results().jobs() == [wanted[0]])


def test_merged_cells_come_apart_and_what_stood_in_them_comes_back(laboratory, google):
    laboratory.start("run", campaign(laboratory, 1000, duration="{low: 600, high: 600}"), *BOARD)
    book = eventually(lambda: (book := google.book()) and len(Tab(book, "Queue").jobs()) == 4 and len(Tab(book, "Pending").jobs()) == 1 and book)
    rows = lambda: [row[1:] for row in book.worksheet("Queue").get_values(value_render_option="UNFORMATTED_VALUE")[2:]]
    before = rows()
    # Whole rows, and what a person sees of them: the first two columns are hidden.
    for area, how in [("A3:Z4", "MERGE_ALL"), ("C5:H6", "MERGE_COLUMNS"), ("D3:E6", "MERGE_ALL")]:
        book.worksheet("Queue").merge_cells(area, how)
        assert rows() != before
        shown = lambda rows: [row[1:5] for row in rows if row[2]]
        assert eventually(lambda: shown(rows()) == shown(before)), (area, before, rows())
    report = laboratory.report("branin")
    assert (report["measured"], report["failed"], report["pending"]) == (0, 0, 5), "nothing of that was taken for somebody's order"


def test_worksheets_that_are_sorted_are_another_order_of_the_queue_and_no_correction(laboratory, google):
    laboratory.start("run", campaign(laboratory, 1000, duration="{low: 600, high: 600}"), *BOARD)
    book = eventually(lambda: (book := google.book()) and len(Tab(book, "Queue").jobs()) == 4 and len(Tab(book, "Pending").jobs()) == 1 and book)
    queue = Tab(book, "Queue"); x0 = queue.column("x0"); by = {queue.cell(row, "job"): queue.cell(row, "x0") for row in range(4)}
    queue.sheet.sort((x0 + 1, "des"), range="A3:Z6")
    wanted = sorted(by, key=by.get, reverse=True)
    assert eventually(lambda: Tab(book, "Queue").jobs() == wanted and [Tab(book, "Queue").cell(row, "place") for row in range(4)] == [1, 2, 3, 4]), Tab(book, "Queue").rows
    # What an add-on notes about a row goes along with it: rows are moved, and not written anew.
    queue = Tab(book, "Queue"); last = queue.row(wanted[3]) + 2
    span = {"sheetId": queue.sheet.id, "dimension": "ROWS", "startIndex": last, "endIndex": last + 1}
    book.batch_update({"requests": [{"createDeveloperMetadata": {"developerMetadata": {"metadataKey": "addon", "metadataValue": wanted[3], "location": {"dimensionRange": span}, "visibility": "DOCUMENT"}}}]})
    for number, job in enumerate(wanted[:2]):
        queue = Tab(book, "Queue"); queue.type(queue.row(job), "branin", number + 1)
        assert eventually(lambda: laboratory.report("branin")["measured"] == number + 1)
    assert eventually(lambda: len(Tab(book, "Results").jobs()) == 2 and wanted[0] not in Tab(book, "Queue").jobs())
    found = book.client.request("post", f"{google.address}/v4/spreadsheets/{book.id}/developerMetadata:search", json={"dataFilters": [{"developerMetadataLookup": {"metadataKey": "addon"}}]}).json()
    (one,) = found["matchedDeveloperMetadata"]; at = one["developerMetadata"]["location"]["dimensionRange"]["startIndex"]
    assert Tab(book, "Queue").cell(at - 2, "job") == wanted[3] == one["developerMetadata"]["metadataValue"]
    results = Tab(book, "Results"); results.sheet.sort((results.column("branin") + 1, "des"), range="A3:Z4")
    assert Tab(book, "Results").jobs() == wanted[1::-1]
    time.sleep(2)
    report = laboratory.report("branin")
    assert (report["measured"], report["duplicates"], report.get("corrected")) == (2, 0, None) and Tab(book, "Results").jobs() == wanted[1::-1]


def test_trouble_of_the_service_stops_nobody_and_loses_nothing(laboratory, google):
    # More measurements than any machine makes during the test.
    run = laboratory.start("run", campaign(laboratory, 100_000), *BOARD)
    said = lambda text: text in run.log.read_text()
    measured = lambda: laboratory.report("branin")["measured"]
    shown = lambda: len(Tab(google.book(), "Results").jobs())
    def comes_in_step():
        before = measured()
        return eventually(lambda: shown() >= before)
    assert eventually(lambda: shown() >= 2)
    google.control(down=True); before = measured()
    assert eventually(lambda: measured() >= before + 3 and said("waits: Google Sheets says 503")), "the campaign goes on"
    google.control(down=False)
    assert comes_in_step(), laboratory.logs()
    # One after the other: what comes in step begins again with short pauses.
    for trouble in [{"fail": [500, 429]}, {"cut": 2}]:
        google.control(**trouble)
        assert eventually(lambda: not any(google.control()["left"].values())) and comes_in_step(), (trouble, laboratory.logs())
    assert eventually(lambda: said("is in step again"))
    google.control(delay=1.5); before = measured()
    assert eventually(lambda: measured() >= before + 5), "a slow service stops nobody"
    google.control(delay=0, expires=61)
    jobs = Tab(google.book(), "Results").jobs()
    assert len(jobs) == len(set(jobs))
    run.send_signal(signal.SIGINT); run.wait(60)


def test_a_key_that_others_may_read_is_refused_and_a_wrong_one_is_said(laboratory, google):
    file = campaign(laboratory)
    google.key.chmod(0o644)
    said = laboratory.command("run", file, "--sheet")
    assert said.returncode != 0 and "chmod 600" in said.stderr and "PRIVATE" not in said.stderr
    google.key.chmod(0o600); google.key.write_text("{}")
    said = laboratory.command("run", file, "--sheet")
    assert said.returncode != 0 and "lacks client_email" in said.stderr
    said = laboratory.command("sheet", "branin", "--broker", "amqp://guest@127.0.0.1:1")
    assert said.returncode == 64 and "--spreadsheet" in said.stderr


@pytest.mark.skipif("BURETTE_TEST_BROKER" not in os.environ, reason="needs RabbitMQ: deploy/test --sheets")
def test_a_connector_of_its_own_at_rabbitmq_is_killed_again_and_again(laboratory, google):
    broker, name = os.environ["BURETTE_TEST_BROKER"], f"sheet-{os.getpid()}"
    laboratory.environment |= {"BURETTE_BROKER": broker}
    file = campaign(laboratory, 15, name)
    plan = laboratory.start("plan", file); laboratory.start("work", file, "--count", "1")
    connect = lambda: laboratory.start("sheet", name, "--spreadsheet", "board", "--sheet-interval", "0.3", "--broker", broker.replace("guest:guest", "burette-room:room-secret"))
    connector, numbers, typed, kills = connect(), random.Random(7), set(), 0
    while plan.poll() is None:
        try:
            queue = Tab(google.book(), "Queue")
            row = max((row for row in range(len(queue.rows)) if queue.cell(row, "job") and queue.cell(row, "branin") == ""), default=None)
            if row and queue.cell(row, "job") not in typed: typed.add(queue.cell(row, "job")); queue.type(row, "branin", str(1000 + len(typed)))
        except Exception: pass
        time.sleep(0.2)
        if kills < 8 and numbers.random() < 0.15:
            kills += 1; connector.send_signal(signal.SIGKILL); connector.wait(); connector = connect()
    assert plan.returncode == 0, laboratory.logs()
    report = laboratory.report(name)
    assert report["measured"] == 15 and report["measured_by"].get("sheet", 0) >= 1 and len(report["measured_by"]) == 2, report
    assert eventually(lambda: sorted(Tab(google.book(), "Results").jobs()) == sorted(line.split(",")[0] for line in laboratory.command("export", name).stdout.splitlines()[1:])), laboratory.logs()
    connector.send_signal(signal.SIGTERM); assert connector.wait(30) == 130
    laboratory.command("clear", name, "--yes")


@pytest.mark.skipif("BURETTE_TEST_LONG" not in os.environ, reason="lasts three minutes: BURETTE_TEST_LONG=1 deploy/test --sheets")
def test_twenty_campaigns_that_share_an_account_stay_within_its_quota_from_the_start(laboratory, google):
    google.control(quota=60)
    for number in range(20):
        file = campaign(laboratory, 1000, name=f"c{number}", duration="{low: 5, high: 10}")
        file.write_text(file.read_text().replace("/d/board/", f"/d/board{number}/"))
        laboratory.start("run", file, "--sheet", "--sheet-connectors", "20")
    time.sleep(180)
    calls = google.control()["calls"]
    for kind in ("read", "write"):
        times = [at for at, which in calls if which == kind]
        most = max(sum(first <= at < first + 60 for at in times) for first in times)
        print(f"{kind}: {len(times)} in three minutes, {most} in the busiest one")
        assert 40 <= most <= 60
    assert "429" not in laboratory.logs()
