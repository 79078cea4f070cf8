"""The tests use the program `burette` (BURETTE_TEST_PROGRAM) and a RabbitMQ node (BURETTE_TEST_BROKER), which deploy/test provides."""
from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
import time
import uuid
from typing import Callable, Iterator

import pytest


@pytest.fixture
def program() -> str:
    found = os.environ.get("BURETTE_TEST_PROGRAM") or shutil.which("burette")
    if not found:
        pytest.skip("there is no program burette: set BURETTE_TEST_PROGRAM")
    return found


@pytest.fixture
def broker() -> str:
    address = os.environ.get("BURETTE_TEST_BROKER")
    if not address:
        pytest.skip("there is no broker: set BURETTE_TEST_BROKER")
    return address


def eventually(condition: Callable[[], bool], within: float = 60) -> bool:
    """Whether a condition holds within some seconds."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def campaign_settings() -> str:
    return "budget: {measurements: 6}"


@pytest.fixture
def campaign_file(tmp_path: pathlib.Path, campaign_settings: str) -> pathlib.Path:
    file = tmp_path / "campaign.yaml"
    x = "  - {name: x, type: continuous, low: 0, high: 1}\n" if "batches" in campaign_settings else ""
    file.write_text(f"""
campaign: python-{uuid.uuid4().hex[:10]}
parameters:
  - {{name: T, type: continuous, low: 20, high: 80, unit: C}}
  - {{name: solvent, type: categorical, options: [water, THF]}}
{x}objectives: [{{name: yield, goal: maximize, unit: "%"}}]
planner: {{seed: 3, initial_design: {{count: 3}}}}
{campaign_settings}
""")
    return file


@pytest.fixture
def planner(program: str, broker: str, campaign_file: pathlib.Path, tmp_path: pathlib.Path) -> Iterator["Planner"]:
    planner = Planner(program, broker, campaign_file, tmp_path / "data")
    yield planner
    planner.end()


class Planner:
    """`burette plan` of a campaign file, and its other commands."""

    def __init__(self, program: str, broker: str, file: pathlib.Path, data: pathlib.Path):
        self.name = file.read_text().split("campaign: ")[1].split("\n")[0]
        self.data = data
        self._environment = {**os.environ, "BURETTE_BROKER": broker, "BURETTE_DATA": str(data)}
        self._program = program
        self.process = subprocess.Popen(
            [program, "plan", str(file)], env=self._environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert eventually(lambda: self.burette("status").returncode == 0), "the planner opens its campaign"

    def burette(self, command: str, *options: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [self._program, command, self.name, *options], env=self._environment, capture_output=True, text=True)

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()
        self.burette("clear", "--yes")
