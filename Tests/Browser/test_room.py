"""The control room as a person uses it."""
import pathlib, signal

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from conftest import eventually

AXE = pathlib.Path(__import__("axe_core_python").__file__).parent / "axe.min.js"


def text(browser, selector):
    """The text of an element, once it is there; a page is refreshed in part at any moment."""
    found = eventually(lambda: [browser.find_element(By.CSS_SELECTOR, selector).text])
    assert found, f"there is no {selector}"
    return found[0]
def state(browser): return browser.find_element(By.CSS_SELECTOR, "h1 .state").text
def measured(browser): return int(text(browser, ".facts dd").split("/")[0])
def press(browser, label):
    """Presses a button or a link that looks like one; found and pressed in one step, since a page is refreshed in part at any moment."""
    script = """const found = [...document.querySelectorAll("button, a.button")].find((one) => one.innerText.trim().startsWith(arguments[0]));
                found?.click(); return Boolean(found);"""
    assert eventually(lambda: browser.execute_script(script, label)), f"there is no button {label}"
def click(browser, selector):
    """The same for whatever a selector finds first."""
    assert eventually(lambda: browser.execute_script("const found = document.querySelector(arguments[0]); found?.click(); return Boolean(found)", selector)), f"there is no {selector}"
def endless(text): return text.replace("measurements: 20", "measurements: 5000")


def test_a_campaign_is_seen_moving_and_paused_and_resumed_without_reload(laboratory, browser):
    laboratory.start("run", laboratory.campaign(edit=endless), "--speed", 6); laboratory.serve()
    browser.get(laboratory.address + "/")
    assert eventually(lambda: "branin-demo" in browser.page_source)
    click(browser, "a[href='/campaigns/branin-demo']")
    first = measured(browser)
    browser.execute_script("window.isSamePage = true")
    assert eventually(lambda: measured(browser) > first)
    assert browser.execute_script("return window.isSamePage === true"), "it was not loaded again"
    canvases = lambda: browser.find_elements(By.CSS_SELECTOR, ".chart canvas")
    assert eventually(lambda: len(canvases()) == 3 and all(c.size["height"] > 40 for c in canvases()))
    press(browser, "Pause")
    assert eventually(lambda: state(browser) == "paused")
    assert eventually(lambda: "Nothing is being measured" in text(browser, "#queue")), "the workers rest"
    assert "is in the record" in text(browser, ".sent")
    press(browser, "Resume")
    assert eventually(lambda: state(browser) == "running")


def test_a_requested_experiment_is_measured_and_a_wrong_one_is_refused_beside_the_form(laboratory, browser):
    laboratory.start("run", laboratory.campaign(edit=endless), "--speed", 6); laboratory.serve()
    assert eventually(lambda: (browser.get(laboratory.address + "/campaigns/branin-demo"), state(browser) == "running")[1])
    press(browser, "Request or record")
    fill = lambda name, value: (browser.find_element(By.ID, name).clear(), browser.find_element(By.ID, name).send_keys(value))
    fill("p.x0", "99"); fill("p.x1", "2,5"); fill("reason", "to be sure")
    press(browser, "Send")
    assert "x0" in text(browser, "[role=alert]")
    assert browser.find_element(By.ID, "p.x1").get_attribute("value") == "2,5"
    fill("p.x0", "3,5"); press(browser, "Send")
    row = lambda: [r.text for r in browser.find_elements(By.CSS_SELECTOR, "#table tbody tr") if "manual-" in r.text]
    assert eventually(lambda: row() and "3.5" in row()[0]), "it was measured, and the page shows it by itself"


def test_a_point_is_measured_again_from_its_own_page(laboratory, browser):
    laboratory.start("run", laboratory.campaign(edit=endless), "--speed", 20); laboratory.serve()
    assert eventually(lambda: (browser.get(laboratory.address + "/campaigns/branin-demo/jobs/1"), "Measure this point again" in browser.page_source)[1])
    press(browser, "Measure this point again")
    x0 = browser.find_element(By.ID, "p.x0").get_attribute("value"); assert float(x0) == float(x0)
    press(browser, "Send"); text(browser, ".sent")
    browser.get(laboratory.address + "/campaigns/branin-demo?filter=manual")
    assert eventually(lambda: [row for row in browser.find_elements(By.CSS_SELECTOR, "#table tbody tr") if "manual-" in row.text])


def test_a_mistyped_result_is_corrected_and_commented_on_and_the_page_shows_both(laboratory, browser):
    laboratory.start("run", laboratory.campaign(), "--speed", 500).wait(60); laboratory.serve()
    assert eventually(lambda: (browser.get(laboratory.address + "/campaigns/branin-demo/jobs/best"), "Outcome" in browser.page_source)[1])
    job = browser.find_element(By.TAG_NAME, "h1").text.split()[1]
    press(browser, "Correct this result")
    value = browser.find_element(By.ID, "v.branin"); before = value.get_attribute("value")
    value.clear(); value.send_keys("77,5"); browser.find_element(By.ID, "reason").send_keys("a swapped digit"); press(browser, "Send"); text(browser, ".sent")
    browser.get(laboratory.address + f"/campaigns/branin-demo/jobs/{job}")
    assert eventually(lambda: "77.5" in text(browser, "#outcome") and "A person corrected it" in text(browser, "#outcome") and "a swapped digit" in text(browser, "#outcome"))
    assert before[:5] in text(browser, "#outcome"), "what its worker said stays"
    press(browser, "Comment"); browser.find_element(By.ID, "reason").send_keys("<b>cloudy</b>"); press(browser, "Send"); text(browser, ".sent")
    browser.get(laboratory.address + f"/campaigns/branin-demo?filter={job}")
    assert eventually(lambda: "<b>cloudy</b>" in text(browser, "#table") and "77.5" in text(browser, "#table") and "corrected" in text(browser, "#table"))
    assert violations(browser) == []


def test_a_page_goes_on_by_itself_when_its_server_was_killed(laboratory, browser):
    laboratory.start("run", laboratory.campaign(edit=endless), "--speed", 3); server = laboratory.serve()
    assert eventually(lambda: (browser.get(laboratory.address + "/campaigns/branin-demo"), state(browser))[1])
    assert eventually(lambda: measured(browser) > 0)
    browser.execute_script("window.isSamePage = true")
    server.send_signal(signal.SIGKILL); server.wait()
    before = measured(browser)
    laboratory.serve(laboratory.address.rsplit(":", 1)[1])
    assert eventually(lambda: measured(browser) > before)
    assert browser.execute_script("return window.isSamePage === true")


def test_campaigns_are_seen_side_by_side(laboratory, browser):
    for name in ("one", "two"): laboratory.start("run", laboratory.campaign(name), "--speed", 500).wait(60)
    laboratory.serve()
    assert eventually(lambda: (browser.get(laboratory.address + "/"), browser.find_elements(By.LINK_TEXT, "Campaigns side by side"))[1])[0].click() is None
    assert eventually(lambda: browser.find_elements(By.CSS_SELECTOR, ".chart canvas"))
    rows = [row.text for row in browser.find_elements(By.CSS_SELECTOR, "tbody tr")]
    assert len(rows) == 2 and all("20 / 20" in row and "branin = " in row for row in rows)
    assert violations(browser) == []
    browser.get(laboratory.address + "/compare?name=two&name=nobody")
    assert [row.text.split()[0] for row in browser.find_elements(By.CSS_SELECTOR, "tbody tr")] == ["two"]


def violations(browser):
    browser.execute_script(AXE.read_text())
    found = browser.execute_async_script("axe.run(document).then(arguments[arguments.length - 1])")["violations"]
    return [(v["id"], v["help"], [n["html"][:160] for n in v["nodes"]][:3]) for v in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_violates_the_rules_of_accessibility(laboratory, browser, scheme):
    laboratory.start("run", laboratory.campaign(), "--speed", 500).wait(60); laboratory.serve()
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    assert eventually(lambda: (browser.get(laboratory.address + "/campaigns/branin-demo"), "branin-demo" in browser.title)[1])
    job = browser.find_element(By.CSS_SELECTOR, "#table tbody a").get_attribute("href")
    for path in ("/", "/campaigns/branin-demo", "/campaigns/branin-demo/model", job, "/campaigns/branin-demo/orders/inject", "/campaigns/branin-demo/orders/budget", "/campaigns/branin-demo/board",
                 "/campaigns/branin-demo/capacity", job + "/card", "/compare?name=branin-demo", "/campaigns/branin-demo/bench", "/nothing"):
        browser.get(path if path.startswith("http") else laboratory.address + path)
        assert violations(browser) == [], path


def test_a_reader_has_numbers_and_times_as_elsewhere_and_may_see_progress_over_time(laboratory):
    """In German: a decimal comma in tables, and in what the charts say; nothing is grouped, so that all of it can be typed as it is shown."""
    laboratory.start("run", laboratory.campaign(), "--speed", 500).wait(60); laboratory.serve()
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1200,1400", "--lang=de-DE"): options.add_argument(argument)
    options.binary_location = "/usr/bin/chromium"; options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    try:
        browser.execute_cdp_cmd("Emulation.setLocaleOverride", {"locale": "de-DE"})
        assert eventually(lambda: (browser.get(laboratory.address + "/campaigns/branin-demo"), "branin-demo" in browser.title)[1])
        cells = lambda: [cell.text for cell in browser.find_elements(By.CSS_SELECTOR, "#table td.number")]
        assert eventually(lambda: any("," in cell for cell in cells()) and not any("." in cell for cell in cells())), cells()
        assert eventually(lambda: len(browser.find_elements(By.CSS_SELECTOR, ".chart canvas")) == 3)
        first = lambda: browser.execute_script("return document.querySelector('[data-chart=progress] canvas').toDataURL()")
        before = first()
        browser.execute_script("const choice = document.getElementById('progress-by'); choice.value = 'time'; choice.dispatchEvent(new Event('change'))")
        assert eventually(lambda: first() != before) and browser.find_element(By.ID, "progress-by").is_displayed()
        assert not [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    finally:
        browser.quit()
