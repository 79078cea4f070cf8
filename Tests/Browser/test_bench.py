"""The bench as somebody uses it who measures by hand."""
import json, signal, subprocess, urllib.error, urllib.request

import pytest
from selenium.webdriver.common.by import By

from conftest import PROGRAM, eventually
from test_room import press, text


def by_hand(text): return "\n".join(line for line in text.splitlines() if not line.startswith("instrument"))
def value(browser): return browser.find_element(By.ID, "v.branin")
def job(browser): return text(browser, "main strong")


def start(laboratory, port=0):
    process = laboratory.start("run", laboratory.campaign(edit=by_hand), "--serve", "--listen", port)
    laboratory.listening(process); return process


def ask(laboratory, path, message=None):
    request = urllib.request.Request(laboratory.address + "/api/campaigns/branin-demo" + path, json.dumps(message).encode() if message else None,
                                     {"Content-Type": "application/json"} if message else {})
    with urllib.request.urlopen(request, timeout=30) as answer: return json.loads(answer.read() or b"null")


def sit_down(laboratory, browser, name):
    # A server finds a new campaign within a second.
    assert eventually(lambda: ask(laboratory, "")["campaign"]["pending"])
    browser.get(laboratory.address + "/campaigns/branin-demo/bench")
    eventually(lambda: browser.find_elements(By.ID, "person"))
    browser.find_element(By.ID, "person").send_keys(name); press(browser, "Go on"); press(browser, "Take the next")
    assert eventually(lambda: value(browser))


def test_what_somebody_typed_outlives_a_reload_and_a_killed_server_and_counts_once(laboratory, browser):
    browser.get("about:blank"); run = start(laboratory)
    sit_down(laboratory, browser, "ann")
    mine = job(browser)
    value(browser).send_keys("twelve"); press(browser, "That is the result")
    assert "is not a number" in text(browser, "[role=alert]") and value(browser).get_attribute("value") == "twelve"
    value(browser).clear(); value(browser).send_keys("12,5")
    browser.refresh()
    assert job(browser) == mine and value(browser).get_attribute("value") == "12,5", "the same job, and what was typed"
    other = ask(laboratory, "/jobs/take", {"worker": "bob"})["job"]
    assert other != mine, "two people, two jobs"
    run.send_signal(signal.SIGKILL); run.wait()
    start(laboratory, laboratory.address.rsplit(":", 1)[1])
    # The page that stands open asks for nothing: what it shows comes anew from the record.
    assert eventually(lambda: ask(laboratory, "/jobs/take", {"worker": "bob"})["job"]) == other, "bob's is bob's still"
    assert ask(laboratory, "/jobs/take", {"worker": "carla"})["job"] not in (mine, other), "and ann's is nobody else's"
    browser.refresh()
    assert job(browser) == mine and value(browser).get_attribute("value") == "12,5", "the same job, and what was typed, after the server was killed"
    press(browser, "That is the result")
    assert eventually(lambda: mine in text(browser, ".sent"))
    rows = lambda: [row for row in ask(laboratory, "/observations")["rows"] if row["job"] == mine]
    assert eventually(rows) and rows()[0]["cells"][2:4] == ["12.5", "ann"]
    report = json.loads(subprocess.run([PROGRAM, "report", "branin-demo", "--json"], env=laboratory.environment, capture_output=True, check=True).stdout)
    assert report["measured"] == 1 and report["duplicates"] == 0
    browser.delete_all_cookies()


def test_a_program_without_amqp_measures_over_http(laboratory):
    start(laboratory)
    eventually(lambda: ask(laboratory, "")["campaign"]["pending"])
    for _ in range(5):
        taken = ask(laboratory, "/jobs/take", {"worker": "labview", "wait": 20})
        assert ask(laboratory, f"/jobs/{taken['job']}/renew", {"worker": "labview"})["lease"] == 1800
        result = {"worker": "labview", "values": {"branin": sum(taken["parameters"].values())}}
        for _ in range(2): assert ask(laboratory, f"/jobs/{taken['job']}/result", result)["kept"] == taken["job"]
    taken = ask(laboratory, "/jobs/take", {"worker": "labview", "wait": 20})
    ask(laboratory, f"/jobs/{taken['job']}/failed", {"worker": "labview", "reason": "the needle is bent", "kind": "accident"})
    assert eventually(lambda: ask(laboratory, "")["campaign"]["failed"] == 1)
    found = ask(laboratory, "")["campaign"]
    assert (found["measured"], found["failed"]) == (5, 1)
    report = json.loads(subprocess.run([PROGRAM, "report", "branin-demo", "--json"], env=laboratory.environment, capture_output=True, check=True).stdout)
    assert report["duplicates"] == 0 and report["measured_by"] == {"labview": 5}


def test_a_job_of_somebody_who_left_is_handed_out_again_once_the_lease_has_ended_and_an_answer_counts_all_the_same(laboratory):
    one = lambda text: by_hand(text).replace("measurements: 20", "measurements: 1")
    process = laboratory.start("run", laboratory.campaign(edit=one), "--serve", "--listen", 0, "--lease", 0.05); laboratory.listening(process)
    eventually(lambda: ask(laboratory, "")["campaign"]["pending"])
    mine = ask(laboratory, "/jobs/take", {"worker": "ann"})["job"]
    later = eventually(lambda: ask(laboratory, "/jobs/take", {"worker": "bob", "wait": 20})["job"])
    assert later == mine, "the only one there is"
    ask(laboratory, f"/jobs/{mine}/result", {"worker": "ann", "values": {"branin": 4.5}})
    report = lambda: json.loads(subprocess.run([PROGRAM, "report", "branin-demo", "--json"], env=laboratory.environment, capture_output=True, check=True).stdout)
    assert eventually(lambda: report()["state"] == "finished"), "that was the last measurement"
    assert report()["measured_by"] == {"ann": 1}
    # The server that took the last result stays, and shows what came of it.
    assert eventually(lambda: ask(laboratory, "")["campaign"]["state"] == "finished")
    with pytest.raises(urllib.error.HTTPError, match="409"): ask(laboratory, "/jobs/take", {"worker": "bob"})
    process.send_signal(signal.SIGINT)
    assert process.wait() == 0, "the campaign is done"


def test_a_photograph_is_sent_kept_over_a_reload_and_shown_with_its_result(laboratory, browser):
    start(laboratory); sit_down(laboratory, browser, "ann")
    picture = laboratory.folder / "photo.png"; browser.save_screenshot(str(picture))
    browser.find_element(By.ID, "file").send_keys(str(picture))
    assert eventually(lambda: browser.find_elements(By.CSS_SELECTOR, "#files li[data-sha256]"))
    browser.refresh()
    assert eventually(lambda: "photo.png" in text(browser, "#files")), "it is kept with the typed values"
    name = job(browser)
    value(browser).send_keys("1,5"); press(browser, "That is the result"); text(browser, ".sent")
    browser.get(laboratory.address + f"/campaigns/branin-demo/jobs/{name}")
    assert eventually(lambda: browser.execute_script("return document.querySelector('img.picture')?.naturalWidth > 100"))
    browser.delete_all_cookies()
