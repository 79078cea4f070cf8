"""The board: queue, pending and results on one page, changed in place."""
import io, subprocess, urllib.request

import openpyxl
from selenium.webdriver.common.actions.action_builder import ActionBuilder
from selenium.webdriver.common.by import By

from conftest import PROGRAM, eventually
from test_room import click, press, text


def waiting(text):
    """Nobody takes anything: six jobs wait, in an order that only a person changes."""
    return (text.replace("kind: gaussian-process", "kind: random").replace("wait: true", "wait: false").replace("lookahead: 3", "lookahead: 6")
            .replace("instrument: {surface: branin, duration: {low: 5, high: 30}}", "instrument: {surface: branin, duration: {low: 600, high: 600}, count: 1}"))


def rows(browser, table):
    script = "return [...document.querySelectorAll(`#${arguments[0]} tbody tr`)].map((row) => row.querySelector('th')?.innerText.trim().split(/\\s/)[0])"
    return browser.execute_script(script, table)


def progress(browser): return browser.find_element(By.CSS_SELECTOR, ".facts dd").text.replace(" ", "")


def command(laboratory, *arguments):
    return subprocess.run([PROGRAM, *arguments], env=laboratory.environment, capture_output=True, text=True)


def drag(browser, job, target):
    """Drags a row above another one, by their places: the page is refreshed in part at any moment, and its elements are others then."""
    script = "const box = document.querySelector(`tr[data-job='${arguments[0]}'] td.number`).getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]"
    (x, y), (to, above) = ([round(number) for number in browser.execute_script(script, one)] for one in (job, target))
    actions = ActionBuilder(browser); mouse = actions.pointer_action
    mouse.move_to_location(x, y).pointer_down().pause(0.2).move_to_location(to, above - 8).pause(0.2).move_to_location(to, above - 9).pause(0.2).pointer_up()
    actions.perform()


def test_jobs_are_put_into_another_order_by_buttons_by_dragging_and_by_a_command(laboratory, browser):
    laboratory.start("run", laboratory.campaign(edit=waiting)); laboratory.serve()
    board = laboratory.address + "/campaigns/branin-demo/board"
    assert eventually(lambda: (browser.get(board), len(rows(browser, "queue")) == 6)[1])
    first = rows(browser, "queue")
    click(browser, f"[aria-label='Hand out first: {first[4]}']")
    second = [first[4]] + [job for job in first if job != first[4]]
    assert eventually(lambda: rows(browser, "queue") == second and browser.current_url.split("?")[0] == board), (rows(browser, "queue"), second)
    assert eventually(lambda: "is in the record" in text(browser, ".sent")) and "moved" in text(browser, f"tr[data-job='{first[4]}'] th")
    last, target = second[5], second[1]
    drag(browser, last, target)
    third = [second[0], last] + [job for job in second[1:] if job != last]
    assert eventually(lambda: rows(browser, "queue") == third), (rows(browser, "queue"), third)
    said = command(laboratory, "move", "branin-demo", third[0], "--last")
    assert said.returncode == 0, said.stderr
    assert eventually(lambda: rows(browser, "queue") == third[1:] + third[:1])
    said = command(laboratory, "move", "branin-demo", third[0], "--last")
    assert said.returncode != 0 and "stands there already" in said.stderr
    unwanted = rows(browser, "queue")[2]
    click(browser, f"[aria-label='Withdraw… {unwanted}']")
    browser.find_element(By.ID, "reason").send_keys("too dear"); press(browser, "Send")
    assert eventually(lambda: unwanted not in rows(browser, "queue") and len(rows(browser, "queue")) == 6), "it is gone, and another one in its place"
    # What a worker has has no place in the queue.
    busy = rows(browser, "pending")[0]
    said = command(laboratory, "move", "branin-demo", busy, "--first")
    assert said.returncode != 0 and "is being measured" in said.stderr


def test_a_result_is_corrected_in_its_place_and_what_is_typed_stays_while_the_page_moves(laboratory, browser):
    laboratory.start("run", laboratory.campaign(edit=lambda text: text.replace("measurements: 20", "measurements: 5000")), "--speed", 20); laboratory.serve()
    board = laboratory.address + "/campaigns/branin-demo/board"
    assert eventually(lambda: (browser.get(board), len(rows(browser, "results")) > 3)[1])
    job = rows(browser, "results")[2]
    field = lambda: browser.find_element(By.CSS_SELECTOR, f"input[aria-label='branin of job {job}']")
    # What has the focus is not replaced.
    assert eventually(lambda: browser.execute_script("const found = document.querySelector(arguments[0]); found?.focus(); return Boolean(found)", f"input[aria-label='branin of job {job}']"))
    field().clear(); field().send_keys("1,5,0"); browser.find_element(By.TAG_NAME, "h1").click()
    number = int(browser.find_element(By.ID, "results").get_attribute("data-number"))
    before = text(browser, "#pending")
    assert eventually(lambda: text(browser, "#pending") != before), "the other tables move"
    assert field().get_attribute("value") == "1,5,0" and number == int(browser.find_element(By.ID, "results").get_attribute("data-number"))
    click(browser, f"[aria-label='Save what was changed of job {job}']")
    assert "branin" in text(browser, "[role=alert]") and browser.find_element(By.ID, "v.branin").get_attribute("value") == "1,5,0"
    value = browser.find_element(By.ID, "v.branin"); value.clear(); value.send_keys("77,5"); press(browser, "Send")
    assert eventually(lambda: browser.current_url.split("?")[0] == board)
    browser.get(board + f"?filter={job}")
    assert eventually(lambda: rows(browser, "results") == [job] and field().get_attribute("value") == "77.5" and "corrected" in text(browser, "#results tbody th"))
    click(browser, f"#results [aria-label='Comment… {job}']")
    browser.find_element(By.ID, "reason").send_keys("=cloudy"); press(browser, "Send")
    assert eventually(lambda: browser.current_url.split("?")[0] == board)
    browser.get(board + f"?filter={job}")
    assert eventually(lambda: "operator: =cloudy" in text(browser, "#results"))


def test_the_budget_is_changed_on_a_page_and_an_empty_field_is_no_limit(laboratory, browser):
    laboratory.start("run", laboratory.campaign(edit=waiting)); laboratory.serve()
    page = laboratory.address + "/campaigns/branin-demo"
    assert eventually(lambda: (browser.get(page), progress(browser) == "0/20")[1])
    press(browser, "Budget")
    fill = lambda name, value: (browser.find_element(By.ID, name).clear(), browser.find_element(By.ID, name).send_keys(value))
    assert browser.find_element(By.ID, "v.measurements").get_attribute("value") == "20"
    fill("v.duration", "soon"); press(browser, "Send")
    assert "no time such as" in text(browser, "[role=alert]") and browser.find_element(By.ID, "v.duration").get_attribute("value") == "soon"
    fill("v.duration", "2 d"); fill("v.measurements", "30"); press(browser, "Send")
    assert eventually(lambda: progress(browser) == "0/30")
    press(browser, "Budget")
    assert browser.find_element(By.ID, "v.duration").get_attribute("value") == "2 d"
    browser.find_element(By.ID, "v.measurements").clear(); press(browser, "Send")
    assert eventually(lambda: progress(browser) == "0")


def test_the_board_is_a_workbook_in_which_no_text_is_a_formula(laboratory):
    edit = lambda text: (text.replace("parameters:\n", 'parameters:\n  - {name: solvent, type: categorical, options: ["=1+1", "@SUM(A1)", water]}\n')
                         .replace("kind: gaussian-process", "kind: random").replace("instrument: {surface: branin, duration: {low: 5, high: 30}}", ""))
    script = laboratory.folder / "measure.sh"; script.write_text("cat >&2; echo '{\"branin\": 0.25}'")
    laboratory.start("run", laboratory.campaign(edit=edit), "--exec", f"sh {script}").wait(60); laboratory.serve()
    assert eventually(lambda: command(laboratory, "comment", "branin-demo", "latest", "=HYPERLINK(\"x\")").returncode == 0)
    file = laboratory.folder / "board.xlsx"
    assert command(laboratory, "board", "branin-demo", "--out", str(file)).returncode == 0
    def served():
        book = openpyxl.load_workbook(io.BytesIO(urllib.request.urlopen(laboratory.address + "/campaigns/branin-demo/board.xlsx").read()))
        return book["Results"].max_row == 21 and book["Results"].cell(1, book["Results"].max_column).value == "comments" and book
    for book in (openpyxl.load_workbook(file), eventually(served)):
        assert book.sheetnames == ["Queue", "Pending", "Results"]
        assert all(cell.data_type != "f" for row in book["Results"].iter_rows() for cell in row)
    results = list(book["Results"].iter_rows())
    assert [cell.value for cell in results[0]][:4] == ["job", "worker", "began (UTC)", "ended (UTC)"] and len(results) == 21
    assert {row[4].value for row in results[1:]} <= {"=1+1", "@SUM(A1)", "water"} and results[1][2].is_date
    assert isinstance(results[1][-2].value, float)
    assert results[20][-1].value == "operator: =HYPERLINK(\"x\")"
    # That of the command line can be typed into: the keys, which are hidden, and the headings above it.
    results = list(openpyxl.load_workbook(file)["Results"].iter_rows(min_col=3))
    assert [cell.value for cell in results[1]][:3] == ["number", "job", "solvent"] and len(results) == 22
    assert {row[2].value for row in results[2:]} <= {"=1+1", "@SUM(A1)", "water"} and results[21][6].value == "operator: =HYPERLINK(\"x\")"
    folder = laboratory.folder / "tables"
    assert command(laboratory, "board", "branin-demo", "--out", str(folder)).returncode == 0
    assert (folder / "results.csv").read_bytes().count(b"\r\n") == 22
    assert "'=1+1" in (folder / "results.csv").read_text()
