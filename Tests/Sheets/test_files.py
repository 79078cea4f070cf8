"""Files of CSV and a workbook as the board of a campaign, for laboratories that may not use a cloud; openpyxl and csv as the programs of people."""
import csv, datetime, os, signal, time, zipfile

import openpyxl, pytest

from conftest import eventually
from test_sheet import campaign


class Csv:
    """Files as a program of a country with decimal commas saves them, or another one."""
    def __init__(self, folder, sign=","):
        self.board, self.sign, self.options = folder / "share", sign, ["--semicolons"] if sign == ";" else []
        self.quarter = "0,25" if sign == ";" else "0.25"

    def load(self, tab):
        with open(self.board / f"{tab.lower()}.csv", encoding="utf-8-sig", newline="") as file: return list(csv.reader(file, delimiter=self.sign))

    def save(self, tab, rows):
        with open(self.board / f"~{tab}", "w", encoding="utf-8-sig" if self.sign == ";" else "utf-8", newline="") as file: csv.writer(file, delimiter=self.sign).writerows(rows)
        os.replace(self.board / f"~{tab}", self.board / f"{tab.lower()}.csv")

    def saved(self, tab): return (self.board / f"{tab.lower()}.csv").stat().st_mtime_ns
    def problems(self, tab): return [row[-1] for row in self.load(tab)[2:]]


class Workbook:
    def __init__(self, folder):
        self.board, self.options, self.quarter = folder / "share" / "mine.xlsx", [], 0.25

    def load(self, tab): return [["" if cell is None else cell for cell in row] for row in openpyxl.load_workbook(self.board)[tab].iter_rows(values_only=True)]

    def save(self, tab, rows):
        book = openpyxl.load_workbook(self.board); sheet = book[tab]
        for row in sheet.iter_rows():
            for cell in row: cell.value = None
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if value != "": sheet.cell(number + 1, column + 1).value = value
        draft = self.board.with_name("draft"); book.save(draft); os.replace(draft, self.board)

    def saved(self, _): return self.board.stat().st_mtime_ns
    def problems(self, tab): return [cell.comment.text for row in openpyxl.load_workbook(self.board)[tab].iter_rows() for cell in row if cell.comment]


FILES = {"commas": Csv, "semicolons": lambda folder: Csv(folder, ";"), "workbook": Workbook}
def jobs(files, tab): return [row[files.load(tab)[0].index("fact.job")] for row in files.load(tab)[2:]]


@pytest.mark.parametrize("kind", FILES)
def test_files_are_opened_typed_into_and_saved(laboratory, google, kind):
    """Numbers are read in the program's way, and nothing is taken for a change that is none."""
    files = FILES[kind](laboratory.folder)
    file = campaign(laboratory, 1000, duration="{low: 600, high: 600}"); board = ["--exchange", files.board, *files.options]
    if kind == "semicolons":
        # The file says so too.
        text = file.read_text().splitlines()
        file.write_text("\n".join("sheet: {exchange: share, semicolons: true}" if line.startswith("sheet:") else line for line in text)); board = ["--sheet"]
    laboratory.start("run", file, *board, "--sheet-interval", "0.2")
    assert eventually(lambda: len(jobs(files, "Queue")) == 4 and len(jobs(files, "Pending")) == 1), laboratory.logs()
    rows = files.load("Queue"); keys = rows[0]; at = keys.index
    first = jobs(files, "Queue")
    if kind == "semicolons": assert "," in rows[2][at("p.x0")] and "." not in rows[2][at("p.x0")]
    rows[4][at("v.branin")] = "1,5"; rows[3][at("v.branin")] = "much"; rows[2], rows[5] = rows[5], rows[2]
    new = [""] * len(keys); new[at("p.x0")], new[at("p.x1")] = "2,5", "3"; rows.append(new)
    files.save("Queue", rows)
    assert eventually(lambda: laboratory.report("branin")["measured"] == 1), laboratory.logs()
    wanted = [first[3], first[1], first[0]]
    assert eventually(lambda: [job for job in jobs(files, "Queue") if job in first] == wanted and any(str(job).startswith("manual-") for job in jobs(files, "Queue"))), files.load("Queue")
    assert eventually(lambda: sum("not a number" in text for text in files.problems("Queue")) == 1), files.load("Queue")
    assert eventually(lambda: jobs(files, "Results") == [first[2]])
    # A program that still shows what was there an hour ago saves it: nothing of it is new.
    files.save("Queue", rows)
    assert eventually(lambda: [job for job in jobs(files, "Queue") if job in first] == wanted)
    results = files.load("Results"); results[2][results[0].index("v.branin")] = files.quarter; files.save("Results", results)
    assert eventually(lambda: ",0.25" in laboratory.command("export", "branin").stdout), laboratory.logs()
    # The row notes that it follows the record; then nothing is left to be written.
    assert eventually(lambda: '"v.branin":"0.25"' in files.load("Results")[2][1] and files.load("Results")[2][1].count("1.5") == 0)
    report = laboratory.report("branin")
    assert report["measured"] == 1 and report["duplicates"] == 0 and len(report["corrected"]) == 1, report
    before = files.saved("Results"); time.sleep(1)
    assert files.saved("Results") == before, "at rest nothing is written"


def test_a_workbook_is_left_alone_while_somebody_has_it_open_and_its_keys_are_hidden(laboratory, google):
    files = Workbook(laboratory.folder)
    run = laboratory.start("run", campaign(laboratory, 1000, duration="{low: 600, high: 600}"), "--exchange", files.board, "--sheet-interval", "0.2")
    assert eventually(lambda: len(jobs(files, "Queue")) == 4)
    sheet = openpyxl.load_workbook(files.board)["Queue"]
    assert sheet.row_dimensions[1].hidden and sheet.column_dimensions["A"].hidden and not sheet.column_dimensions["D"].hidden and sheet.freeze_panes == "A3"
    owner = files.board.with_name("~$mine.xlsx"); owner.write_text("ann")
    rows = files.load("Queue"); rows[2][rows[0].index("v.branin")] = 1.5; files.save("Queue", rows); saved = files.saved("Queue")
    assert eventually(lambda: laboratory.report("branin")["measured"] == 1), "what is saved is taken"
    assert eventually(lambda: "is open in a program" in run.log.read_text()) and run.log.read_text().count("is open in a program") == 1 and files.saved("Queue") == saved
    owner.unlink()
    assert eventually(lambda: len(jobs(files, "Results")) == 1)
    # A worksheet of somebody's own would be lost: it is said, and the file stays.
    book = openpyxl.load_workbook(files.board); book.create_sheet("Notes")["A1"] = "mine"; book["Queue"].cell(3, rows[0].index("v.branin") + 1).value = 2.5; book.save(files.board)
    assert eventually(lambda: laboratory.report("branin")["measured"] == 2 and "its worksheets Notes would be lost" in run.log.read_text()), laboratory.logs()
    assert openpyxl.load_workbook(files.board)["Notes"]["A1"].value == "mine"
    book = openpyxl.load_workbook(files.board); del book["Notes"]; book.save(files.board)
    assert eventually(lambda: len(jobs(files, "Results")) == 2)
    # What is no workbook any more is not written over, and stops nobody.
    files.board.write_text("oops")
    assert eventually(lambda: "mine.xlsx cannot be read: it is no workbook" in run.log.read_text())
    with zipfile.ZipFile(files.board, "w", zipfile.ZIP_DEFLATED) as bomb:
        for part in ("[Content_Types].xml", "_rels/.rels"): bomb.writestr(part, b" " * ((1 << 28) + 1))
    assert eventually(lambda: "is larger than 256 MB" in run.log.read_text()) and run.poll() is None
    files.board.unlink()
    assert eventually(lambda: len(jobs(files, "Results")) == 2), "it is made again"


@pytest.mark.skipif("BURETTE_TEST_BROKER" not in os.environ, reason="needs RabbitMQ: deploy/test --sheets")
@pytest.mark.parametrize("kind", FILES)
def test_a_board_goes_out_and_comes_back(laboratory, google, kind):
    broker, name = os.environ["BURETTE_TEST_BROKER"], f"board-{kind}-{os.getpid()}"
    laboratory.environment |= {"BURETTE_BROKER": broker}
    files = FILES[kind](laboratory.folder)
    plan = laboratory.start("plan", campaign(laboratory, 10, name))
    board = lambda way: laboratory.command("board", name, way, files.board, *files.options)
    assert eventually(lambda: board("--out").returncode == 0 and len(jobs(files, "Queue")) == 4), laboratory.logs()
    said = board("--in"); assert said.returncode == 0 and "nothing new was typed" in said.stderr, said
    rows = files.load("Queue"); keys = rows[0]; value = keys.index("v.branin")
    rows[2][value] = "1.5" if kind == "commas" else "1,5"; rows[3][value] = "failed: it broke"; rows[4][value] = "a lot"
    new = [""] * len(keys); new[keys.index("p.x0")], new[keys.index("p.x1")] = 2, 3; rows.append(new); first = jobs(files, "Queue")
    files.save("Queue", rows)
    # Written over nothing of it, and told.
    said = board("--out"); assert said.returncode == 65 and f"burette board {name} --in" in said.stderr and "a lot" in said.stderr, said
    assert files.load("Queue")[2][value] != "" and laboratory.report(name)["measured"] == 0
    said = board("--in")
    assert said.returncode == 65 and "1 failed, 1 injected, 1 measured" in said.stderr and 'Queue, row 3, branin "a lot": branin: "a lot" is not a number' in said.stderr, said
    report = laboratory.report(name); assert (report["measured"], report["failed"]) == (1, 1), report
    assert jobs(files, "Results") == [first[0]] and first[2] in jobs(files, "Queue") and any(str(job).startswith("manual-") for job in jobs(files, "Queue"))
    said = board("--in"); assert said.returncode == 65 and "nothing new was typed" in said.stderr and laboratory.report(name)["measured"] == 1
    # Without a planner the broker keeps it; the same again counts once.
    plan.send_signal(signal.SIGKILL); plan.wait()
    rows = files.load("Queue"); row = next(row for row in rows[2:] if str(row[value]) != "a lot" and row[keys.index("fact.job")]); row[value] = 7; files.save("Queue", rows)
    said = board("--in"); assert ": 1 measured" in said.stderr, said
    said = board("--in"); assert "nothing new was typed" in said.stderr, said
    laboratory.start("plan", campaign(laboratory, 10, name))
    assert eventually(lambda: laboratory.report(name)["measured"] == 2 and laboratory.report(name)["duplicates"] == 0)
    laboratory.command("stop", name); laboratory.command("clear", name, "--yes")


def test_a_board_that_cannot_be_taken_says_why(laboratory, google):
    said = lambda *arguments: laboratory.command("board", "branin", *arguments)
    assert said().returncode == 64 and said("--out", "a.xlsx", "--in", "a.xlsx").returncode == 64
    assert "is not there" in said("--in", laboratory.folder / "mine.xlsx").stderr
    file = laboratory.folder / "mine.xlsx"; file.write_text("x")
    assert (refused := said("--in", file)).returncode == 64 and "burette run FILE --exchange" in refused.stderr
    run = laboratory.start("run", campaign(laboratory, 2, duration="{low: 0.1, high: 0.2}")); run.wait(60)
    assert "cannot be read: it is no workbook" in (refused := said("--out", file)).stderr and refused.returncode == 65 and file.read_text() == "x"
    book = openpyxl.Workbook(); book.active.title = "Results"; book.active["A1"] = "mine"; book.save(file)
    assert "lacks the first row" in (refused := said("--out", file)).stderr and refused.returncode == 65 and openpyxl.load_workbook(file)["Results"]["A1"].value == "mine"
    assert said("--out", "/proc/mine.xlsx").returncode == 1
    fresh = laboratory.folder / "new" / "mine.xlsx"
    assert "0 in Queue, 0 in Pending, 2 in Results" in said("--out", fresh).stderr and fresh.stat().st_mode & 0o044


def test_what_a_spreadsheet_takes_for_a_date_is_no_number(laboratory, google):
    """1.5 is the first of May where days are written so, and would be measured as 46143."""
    files = Workbook(laboratory.folder)
    laboratory.start("run", campaign(laboratory, 1000, duration="{low: 600, high: 600}"), "--exchange", files.board, "--sheet-interval", "0.2")
    assert eventually(lambda: len(jobs(files, "Queue")) == 4)
    book = openpyxl.load_workbook(files.board); sheet = book["Queue"]; value = files.load("Queue")[0].index("v.branin") + 1
    for row, (typed, form) in enumerate([(datetime.datetime(2026, 5, 1), "dd/mm/yyyy"), (datetime.time(1, 30), "h:mm"), (datetime.datetime(2026, 5, 1, 12, 30), 'd. "mmm" mmm hh:mm')]):
        sheet.cell(row + 3, value).value = typed; sheet.cell(row + 3, value).number_format = form
    sheet.cell(6, value).value = 0.05; sheet.cell(6, value).number_format = '[Red]0.0"days"%'
    book.save(files.board)
    assert eventually(lambda: laboratory.report("branin")["measured"] == 1), laboratory.logs()
    assert eventually(lambda: ["took this for a date" in text for text in files.problems("Queue")] == [True] * 3), files.problems("Queue")
    assert [row[value - 1] for row in files.load("Queue")[2:5]] == ["2026-05-01", "01:30:00", "2026-05-01 12:30:00"]
    assert ",0.05" in laboratory.command("export", "branin").stdout
