"""The HTTP interface against its own description, by schemathesis."""
import pathlib, subprocess, sys

from conftest import eventually
from test_bench import ask


def test_the_interface_is_as_its_description_says(laboratory):
    laboratory.start("run", laboratory.campaign(), "--speed", 500).wait(60); laboratory.serve()
    assert eventually(lambda: ask(laboratory, "")["campaign"]["measured"] == 20)
    # What is valid depends on the campaign too, which the description does not know; the stream of events never ends.
    checked = subprocess.run(
        [pathlib.Path(sys.executable).parent / "st", "run", laboratory.address + "/api/openapi.yaml", "--exclude-path", "/api/campaigns/{name}/events",
         "--exclude-checks", "positive_data_acceptance", "--max-examples", "20", "--generation-deterministic", "--no-color"],
        capture_output=True, text=True, cwd=laboratory.folder, timeout=240)
    assert checked.returncode == 0, checked.stdout[-6000:] + checked.stderr[-2000:]
