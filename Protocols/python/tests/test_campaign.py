"""The planner asked and told from Python."""
from __future__ import annotations

import pathlib
import sys
import types

import pytest

from burette import Campaign, CampaignError, Result, frame, results
from burette.progress import Progress


def objective(T: float, solvent: str) -> float:
    return -((T - 55) ** 2) / 100 + (1 if solvent == "THF" else 0)


def test_asks_and_tells(program: str, campaign_file: pathlib.Path) -> None:
    with Campaign(str(campaign_file), program=program) as campaign:
        asked = campaign.ask(3)
        assert len(asked) == 3 and campaign.pending == [one.parameters for one in asked]
        assert all(20 <= one.parameters["T"] <= 80 for one in asked)
        for one in asked:
            campaign.tell(one, objective(**one.parameters))
        assert campaign.pending == [] and len(campaign.results) == 3
        planned = campaign.ask()[0]
        assert planned.explanation is not None and "mean" in planned.explanation
        campaign.withdraw(planned)
        assert campaign.pending == []


def test_asks_for_a_batch_and_tells_failures_and_limits(program: str, campaign_file: pathlib.Path) -> None:
    with Campaign(str(campaign_file), program=program) as campaign:
        batch = campaign.ask(4, shared=["solvent"])
        assert len({one.parameters["solvent"] for one in batch}) == 1
        assert len({one.parameters["T"] for one in batch}) == 4
        campaign.fail(batch[0], "infeasible")
        campaign.fail(batch[1], "accident")
        campaign.tell(batch[2], {"yield": "< 0.5"})
        campaign.tell(batch[3], Result({"yield": "2 +- 0.5"}, cost=12))
        assert campaign.pending == [] and campaign.results[0]["limits"] == {"yield": "below"}
        assert campaign.results[1]["errors"] == {"yield": 0.5}
        with pytest.raises(ValueError, match="0 or more"):
            campaign.tell({"T": 30, "solvent": "THF"}, Result({"yield": 2}, errors={"yield": -1}))
        assert len(campaign.ask(3)) == 3
        with pytest.raises(CampaignError, match='"colour" is no parameter'):
            campaign.ask(2, shared=["colour"])


def test_finds_the_best(program: str, campaign_file: pathlib.Path) -> None:
    with Campaign(str(campaign_file), program=program) as campaign:
        best = campaign.run(objective, 14, progress=False)
        assert best is not None and best["values"]["yield"] > 0.9
        assert best["parameters"]["solvent"] == "THF" and len(campaign.results) == 14


def test_refuses_a_value_with_a_sentence_and_goes_on(program: str, campaign_file: pathlib.Path) -> None:
    with Campaign(str(campaign_file), program=program) as campaign:
        with pytest.raises(CampaignError, match="T = 90 is outside 20...80") as refused:
            campaign.tell({"T": 90, "solvent": "THF"}, 1)
        assert refused.value.details == {
            "code": "out-of-range", "parameter": "T", "value": 90, "allowed": {"low": 20, "high": 80}}
        with pytest.raises(CampaignError, match='lacks the objective "yield"'):
            campaign.tell({"T": 30, "solvent": "THF"}, {"purity": 1})
        campaign.tell({"T": 30, "solvent": "THF"}, {"yield": 1})
        campaign.tell({"T": 80, "solvent": "THF"}, Result({"yield": 2}, parameters={"T": 80.4}))
        assert [one["parameters"]["T"] for one in campaign.results] == [30, 80.4]
        assert len(campaign.ask(2)) == 2


def test_goes_on_when_the_planner_was_killed(program: str, campaign_file: pathlib.Path) -> None:
    def told(kill: bool) -> list:
        with Campaign(str(campaign_file), program=program) as campaign:
            for one in campaign.ask(4):
                campaign.tell(one, objective(**one.parameters))
            if kill:
                campaign._process.kill()
                campaign._process.wait()
            return campaign.ask(2)
    assert told(kill=True) == told(kill=False)


def test_says_what_is_wrong(program: str, campaign_file: pathlib.Path, tmp_path: pathlib.Path) -> None:
    with pytest.raises(FileNotFoundError, match="no campaign file"):
        Campaign(str(tmp_path / "none.yaml"), program=program)
    with pytest.raises(CampaignError, match="cannot be started"):
        Campaign(str(campaign_file), program="no-such-program").ask()
    campaign_file.write_text("campaign: x\nparameters: []\n")
    with pytest.raises(CampaignError, match="parameters is missing"):
        Campaign(str(campaign_file), program=program).ask()
    with pytest.raises(CampaignError, match="there is no ledger at"):
        results("no-such-campaign", data=str(tmp_path), program=program)


def test_makes_a_frame_where_pandas_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"job": "1", "parameters": {"T": 20}, "values": {"yield": 3}}]
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        frame(rows)
    monkeypatch.setitem(sys.modules, "pandas", types.SimpleNamespace(DataFrame=list))
    assert frame(rows) == [{"job": "1", "T": 20, "yield": 3}]


def test_makes_a_real_frame() -> None:
    pytest.importorskip("pandas")
    table = frame([{"parameters": {"T": 20}, "values": {"yield": 3}}, {"parameters": {"T": 30}, "values": {"yield": 4}}])
    assert list(table.columns) == ["T", "yield"] and table["yield"].max() == 4


def test_tells_how_far_it_is() -> None:
    progress = Progress(20)
    assert progress.line(0, None, now=100) == "[--------------------] 0/20"
    best = {"parameters": {"T": 55.123456, "solvent": "THF"}, "values": {"yield": 41.25}}
    assert progress.line(5, best, now=110) == (
        "[#####---------------] 5/20  30 s left  best yield = 41.25 at T=55.1235 solvent=THF")
    assert progress.line(20, None, now=110) == "[####################] 20/20"
    assert "2 min left" in progress.line(10, None, now=220) and "1 h 0 min left" in progress.line(1, None, now=289.5)
