"""What can be taken along: the report that stands alone, the tables, the RO-Crate."""
import csv, hashlib, json, pathlib, subprocess

from rocrate.rocrate import ROCrate
from selenium.webdriver.common.by import By

from conftest import PROGRAM, eventually
from test_room import text, violations


def burette(laboratory, *arguments):
    return subprocess.run([PROGRAM, *map(str, arguments)], env=laboratory.environment, capture_output=True, text=True, check=True)


def test_the_report_opens_from_the_disk_with_its_charts_and_no_server(laboratory, browser):
    laboratory.start("run", laboratory.campaign(), "--speed", 500).wait(60)
    burette(laboratory, "comment", "branin-demo", "4", "</script><script>alert(1)</script>")
    file = laboratory.folder / "report.html"
    burette(laboratory, "report", "branin-demo", "--html", file)
    browser.get(file.as_uri())
    canvases = lambda: browser.find_elements(By.CSS_SELECTOR, ".chart canvas")
    assert eventually(lambda: len(canvases()) == 6 and all(c.size["height"] > 40 for c in canvases())), len(canvases())
    assert "branin = " in text(browser, "main") and len(browser.find_elements(By.CSS_SELECTOR, "main section:last-of-type tbody tr")) == 20
    assert "</script><script>alert(1)</script>" in text(browser, "main")
    assert "http" not in " ".join(e.get_attribute("src") or "" for e in browser.find_elements(By.CSS_SELECTOR, "script, img, link"))
    assert violations(browser) == []


def test_the_crate_is_read_by_the_rocrate_package_and_its_files_are_what_it_says(laboratory):
    laboratory.start("run", laboratory.campaign(), "--speed", 500).wait(60)
    folder = laboratory.folder / "crate"
    burette(laboratory, "export", "branin-demo", "--crate", folder, "--license", "https://creativecommons.org/licenses/by/4.0/")
    crate = ROCrate(folder)
    files = {entity.id: entity for entity in crate.get_entities() if entity.type == "File"}
    assert set(files) == {"campaign.json", "events.jsonl", "observations.csv", "report.html", "ledger.sqlite"} == {e.id for e in crate.root_dataset["hasPart"]}
    for name, entity in files.items():
        data = (folder / name).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entity["sha256"] and str(len(data)) == entity["contentSize"]
    action = crate.get("#campaign")
    assert action["instrument"]["name"] == "Burette" and action["startTime"] <= action["endTime"]
    assert {agent["name"] for agent in action["agent"]} == {"worker-1", "worker-2", "worker-3"}
    assert crate.root_dataset["license"].id == "https://creativecommons.org/licenses/by/4.0/"
    assert [p["name"] for p in action["additionalProperty"]] == ["seed of the planner", "version of the planner"]
    again = subprocess.run([PROGRAM, "export", "branin-demo", "--crate", folder], env=laboratory.environment, capture_output=True, text=True)
    assert again.returncode == 1 and "there is something already" in again.stderr


def test_tables_are_downloaded_and_a_spreadsheet_takes_no_text_for_a_formula(laboratory, browser):
    measure = laboratory.folder / "measure.sh"
    measure.write_text("#!/bin/sh\necho '{\"y\": -1.5}'\n"); measure.chmod(0o755)
    file = laboratory.folder / "formulas.yaml"
    file.write_text("""campaign: formulas
parameters: [{name: kind, type: categorical, options: ["=1+1", "@x", "'=y", "-z"]}]
objectives: [{name: y, goal: minimize}]
budget: {measurements: 4}
instrument: {exec: ./measure.sh}
""")
    laboratory.start("run", file).wait(60); laboratory.serve()
    assert eventually(lambda: (browser.get(laboratory.address + "/campaigns/formulas"), browser.find_elements(By.LINK_TEXT, "CSV"))[1])
    address = browser.find_element(By.LINK_TEXT, "CSV").get_attribute("href")
    rows = list(csv.DictReader(subprocess.run(["curl", "-s", address], capture_output=True, text=True).stdout.splitlines()))
    assert {row["kind"] for row in rows} == {"'=1+1", "'@x", "''=y", "'-z"} and all(row["y"] == "-1.5" for row in rows)
    assert burette(laboratory, "export", "formulas").stdout.splitlines()[1:] != []
    exported = laboratory.folder / "formulas.csv"; exported.write_text(burette(laboratory, "export", "formulas").stdout)
    other = laboratory.folder / "other.yaml"; other.write_text(file.read_text().replace("campaign: formulas", "campaign: other"))
    assert "4 measurements imported" in burette(laboratory, "import", other, exported).stderr
    lines = subprocess.run(["curl", "-s", address.replace(".csv", ".jsonl")], capture_output=True, text=True).stdout.splitlines()
    assert {json.loads(line)["parameters"]["kind"] for line in lines} == {"=1+1", "@x", "'=y", "-z"}
    head = subprocess.run(["curl", "-sI", address.replace("observations.csv", "report.html")], capture_output=True, text=True).stdout
    assert 'attachment; filename="formulas.html"' in head


def test_a_page_says_what_more_workers_would_bring(laboratory, browser):
    laboratory.start("run", laboratory.campaign(), "--speed", 500).wait(60); laboratory.serve()
    assert eventually(lambda: (browser.get(laboratory.address + "/campaigns/branin-demo"), browser.find_elements(By.LINK_TEXT, "What more workers would bring"))[1])
    browser.get(laboratory.address + "/campaigns/branin-demo/capacity")
    browser.find_element(By.CSS_SELECTOR, "#study button").click()
    assert eventually(lambda: len(browser.find_elements(By.CSS_SELECTOR, "#study tbody tr")) == 6), browser.page_source
    assert "the model of 20 measurements" in text(browser, "#study")
    assert violations(browser) == []
