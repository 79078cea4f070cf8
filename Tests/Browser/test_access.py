"""The control room of a laboratory with users, over TLS, as they log in."""
import subprocess

from selenium.webdriver.common.by import By

from conftest import PROGRAM, eventually
from test_room import endless, measured, press, state, text, violations

PASSWORD = "correct horse battery"


def add(laboratory, name, role):
    subprocess.run([PROGRAM, "user", "add", name, "--role", role], input=PASSWORD + "\n", text=True, check=True, env=laboratory.environment)


def log_in(browser, name, password=PASSWORD):
    for field, value in (("person", name), ("password", password)):
        box = browser.find_element(By.ID, field); box.clear(); box.send_keys(value)
    browser.find_element(By.CSS_SELECTOR, "main button").click()


def test_a_viewer_logs_in_over_tls_lands_on_the_page_asked_for_and_sees_it_move(laboratory, browser):
    key, certificate = laboratory.folder / "key.pem", laboratory.folder / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", key, "-out", certificate], check=True, capture_output=True)
    add(laboratory, "vera", "viewer"); add(laboratory, "olga", "operator")
    laboratory.start("run", laboratory.campaign(edit=endless), "--speed", 6)
    laboratory.listening(laboratory.start("serve", "--listen", 0, "--certificate", certificate, "--key", key))
    page = laboratory.address + "/campaigns/branin-demo"
    browser.get(page)
    assert "Log in" in text(browser, "h1") and not violations(browser)
    log_in(browser, "vera", "a wrong password")
    assert "do not belong together" in text(browser, "[role=alert]")
    assert browser.find_element(By.ID, "person").get_attribute("value") == "vera"
    log_in(browser, "vera")
    assert eventually(lambda: browser.current_url == page)
    assert eventually(lambda: (browser.get(page), state(browser) == "running")[1])
    first = measured(browser)
    assert eventually(lambda: measured(browser) > first), "events come over the session"
    assert not browser.find_elements(By.LINK_TEXT, "Stop…") and "vera, viewer" in text(browser, "header")
    assert not violations(browser)
    press(browser, "Log out")
    assert "Log in" in text(browser, "h1")
    browser.get(page); log_in(browser, "olga"); assert eventually(lambda: browser.current_url == page)
    press(browser, "Pause")
    assert eventually(lambda: state(browser) == "paused")
    assert "olga" in text(browser, "#head"), "the order carries the name"
