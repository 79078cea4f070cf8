"""Whatever comes in a message is text: on every page, in the charts, in what is downloaded, and in lines of a log."""
import csv, io, json, pathlib, sqlite3, subprocess, time, urllib.request, uuid

import openpyxl, pytest
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By

from conftest import PROGRAM, eventually
from test_room import text

SCRIPT = "<script>alert(1)</script>"
IMAGE = "\"'><img src=x onerror=alert(2)>"
LINK = "javascript:alert(4)"
FORMULA = "=cmd|' /C calc'!A0"
LINE = "cloudy\n12:00:00 error: the broker has been sold"


def hostile_campaign(laboratory):
    """A campaign with hostile units and options; workers with hostile names have measured in it, and say hostile things."""
    measure = laboratory.folder / "measure.sh"
    measure.write_text(f"#!/bin/sh\n[ $BURETTE_N = 3 ] && {{ echo '{SCRIPT}' >&2; exit 1; }}\necho '{{\"y\": '$BURETTE_N'}}'\n"); measure.chmod(0o755)
    file = laboratory.folder / "hostile.yaml"
    file.write_text(json.dumps({
        "campaign": "hostile",
        "parameters": [{"name": "n", "type": "discrete", "levels": [1, 2, 3, 4, 5, 6], "unit": IMAGE},
                       {"name": "kind", "type": "categorical", "options": [SCRIPT, LINK, FORMULA]}],
        "objectives": [{"name": "y", "goal": "minimize", "unit": SCRIPT}], "budget": {"measurements": 8}, "instrument": {"exec": "./measure.sh"}}))
    run = laboratory.start("run", file); run.wait(60)
    assert "finished" in pathlib.Path(run.log).read_text(), pathlib.Path(run.log).read_text()
    now, point = time.time(), {"n": 2, "kind": SCRIPT}
    job = {"job": "0900-aa", "parameters": point, "objectives": ["y"], "origin": "planned", "redelivery": "rerun"}
    events = [
        ("published", job | {"job": "0900-aa"}), ("published", job | {"job": "0901-bb"}), ("published", job | {"job": "0902-cc"}),
        ("started", {"job": "0901-bb", "worker": IMAGE, "redelivered": False}), ("progressed", {"job": "0901-bb", "worker": IMAGE, "note": SCRIPT, "fraction": 0.5}),
        ("started", {"job": "0900-aa", "worker": SCRIPT, "redelivered": False}),
        ("measured", {"job": "0900-aa", "parameters": point, "worker": SCRIPT, "values": {"y": 1.5}, "began": now, "ended": now + 3600,
                      "attachments": [{"url": LINK, "sha256": "0" * 64, "bytes": 1}]}),
        ("commented", {"job": "0900-aa", "by": IMAGE, "text": LINE}), ("commented", {"job": "0902-cc", "by": SCRIPT, "text": FORMULA}),
        ("moved", {"job": "0902-cc", "by": SCRIPT, "reason": IMAGE}), ("excluded", {"job": "0900-aa", "by": SCRIPT, "reason": FORMULA}),
    ]
    add(laboratory, events)


def add(laboratory, events):
    with sqlite3.connect(laboratory.folder / "data/hostile.sqlite") as ledger:
        for kind, members in events:
            event = {"version": 1, "type": kind, "id": f"hostile-{uuid.uuid4()}", "campaign": "hostile", "time": time.time()} | members
            ledger.execute("INSERT INTO event (id, time, type, job, body) VALUES (?, ?, ?, ?, ?)", (event["id"], event["time"], kind, event.get("job"), json.dumps(event).encode()))


def test_what_came_in_a_message_is_text_on_every_page_and_in_every_tooltip(laboratory, browser):
    hostile_campaign(laboratory); laboratory.serve()
    page = lambda path: (browser.get(laboratory.address + path), eventually(lambda: "Burette" in browser.title))
    assert eventually(lambda: (page("/campaigns/hostile"), "0900-aa" in browser.page_source)[1])
    assert all(word in text(browser, "main") for word in (SCRIPT, "onerror=alert(2)", LINK, FORMULA))
    # The tooltips of the charts: of the measurement, and of its worker's lane.
    assert eventually(lambda: len(browser.find_elements(By.CSS_SELECTOR, ".chart canvas")) == 3)
    for canvas in browser.find_elements(By.CSS_SELECTOR, ".chart canvas")[:2]:
        width, height, shown = canvas.size["width"], canvas.size["height"], set()
        places = [(x, y) for y in range(-height // 2 + 10, height // 2, max(6, height // 14)) for x in range(width // 2 - 8, -width // 2 + 40, -max(6, width // 40))]
        for x, y in places:
            ActionChains(browser, duration=0).move_to_element_with_offset(canvas, x, y).perform()
            shown.add(browser.execute_script("return [...document.querySelectorAll('.chart [title], .chart[title]')].map((one) => one.title).join(' ')"))
            if any(SCRIPT in one for one in shown): break
        assert any(SCRIPT in one for one in shown), sorted(shown)[:10]
    assert not browser.find_elements(By.CSS_SELECTOR, "main script, main img")
    assert eventually(lambda: (page("/campaigns/hostile/jobs/0900-aa"), IMAGE in text(browser, "main"))[1]) and LINK in text(browser, "#outcome")
    for path in ("/", "/campaigns/hostile/jobs/0900-aa", "/campaigns/hostile/jobs/0901-bb/card", "/campaigns/hostile/jobs/1", "/campaigns/hostile/model", "/campaigns/hostile/board",
                 "/campaigns/hostile/capacity", "/campaigns/hostile/bench", "/compare?name=hostile", "/campaigns/hostile/orders/correct?job=0900-aa", "/campaigns/hostile/orders/inject",
                 "/campaigns/hostile/orders/stop?job=%22%3E%3Cscript%3Ealert(5)%3C/script%3E", "/campaigns/hostile?filter=%22%3E%3Cscript%3Ealert(5)%3C/script%3E",
                 "/campaigns/%3Cscript%3Ealert(6)%3C%2Fscript%3E"):
        page(path)
        assert not browser.find_elements(By.CSS_SELECTOR, "main script, main img:not(.picture), main [onerror]"), path
        links = browser.execute_script("return [...document.querySelectorAll('a[href], form[action], img[src]')].map((one) => one.href ?? one.action ?? one.src)")
        assert not [link for link in links if str(link).lower().startswith("javascript")], path
    report = laboratory.folder / "report.html"
    report.write_bytes(urllib.request.urlopen(laboratory.address + "/campaigns/hostile/report.html").read())
    browser.get(f"file://{report}")
    assert SCRIPT in text(browser, "body") and not browser.find_elements(By.CSS_SELECTOR, "body img")
    # No dialog has opened: asking for one throws.
    with pytest.raises(Exception): browser.switch_to.alert


def test_what_came_in_a_message_is_text_in_tables_and_in_lines(laboratory):
    hostile_campaign(laboratory)
    command = lambda *arguments: subprocess.run([PROGRAM, *arguments], env=laboratory.environment, capture_output=True, text=True, timeout=60).stdout
    rows = list(csv.reader(io.StringIO(command("export", "hostile"))))
    assert rows[-1][1] == SCRIPT and rows[-1][-1] == "'" + FORMULA
    assert not [cell for row in rows for cell in row if cell[:1] in "=+@" and cell], rows
    book = laboratory.folder / "hostile.xlsx"; command("board", "hostile", "--out", str(book))
    cells = [cell for sheet in openpyxl.load_workbook(book) for row in sheet.iter_rows() for cell in row]
    assert {FORMULA, SCRIPT} <= {cell.value for cell in cells} and not [cell for cell in cells if cell.data_type == "f" or cell.hyperlink]
    add(laboratory, [("resumed", {"by": SCRIPT, "reason": "more"})])
    watch = laboratory.start("watch", "hostile", "--plain")
    lines = lambda: pathlib.Path(watch.log).read_text().splitlines()
    assert eventually(lines)
    add(laboratory, [("commented", {"job": "0900-aa", "by": "ann", "text": LINE})])
    assert eventually(lambda: [line for line in lines() if "cloudy\\n12:00:00" in line]), lines()
    assert not [line for line in lines() if line.startswith("12:00:00")]
