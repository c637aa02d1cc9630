"""The command ``iceco simulate``: what it writes, says and refuses."""

import json

import numpy as np
import pytest

from iceco.simulate import presets


@pytest.mark.parametrize(
    ("preset", "worlds", "scenes"),
    [("demo", 1, 2), ("swath", 1, 1), ("season", 60, 120), ("passes", 40, 40)],
)
def test_a_dry_run_says_what_would_be_written(iceco, tmp_path, preset, worlds, scenes):
    out = tmp_path / "out"
    code, told, _ = iceco("simulate", out, "--preset", preset, "--dry-run", "--json")
    assert code == 0
    assert json.loads(told)["worlds"] == worlds
    assert json.loads(told)["scenes"] == scenes
    assert not out.exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("--preset", "tropics"),
            "there is no preset 'tropics'; use one of demo, swath, season, passes",
        ),
        (("--seed", "-1"), "a seed must not be negative"),
        (("--lead-exponent", "0.5"), "--lead-exponent must lie between 1 and 5"),
        (("--lead-widths", "wide"), "--lead-widths 'wide' is not two widths"),
        (("--lead-widths", "300,30"), "the first must be positive and the smaller"),
        (("--lead-fraction", "0.5"), "--lead-fraction must lie between 0 and 0.2"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(iceco, tmp_path, words, sentence):
    out = tmp_path / "out"
    code, told, error = iceco("simulate", out, *words)
    assert (code, told) == (2, "")
    assert sentence in error
    assert error.count("\n") == 1
    assert not out.exists()


def test_a_season_follows_the_winter():
    leads = presets.LeadSettings()
    plans = list(presets.season(5, leads))
    assert [plan.number for plan in plans] == list(range(60))
    growth = [plan.world.cover.mean_growth for plan in plans]
    assert growth == sorted(growth)
    assert len({plan.world.seed for plan in plans}) == 60
    epochs = [plan.world.epoch for plan in plans]
    assert str(epochs[0]).startswith("2023-11-01")
    assert str(epochs[-1]).startswith("2024-04")


@pytest.mark.parametrize("preset", ["passes", "lessons"])
def test_many_passes_fill_all_lags_and_have_names_of_their_own(preset):
    plans = list(presets.PRESETS[preset](3, presets.LeadSettings()))
    assert len({plan.world.seed for plan in plans}) == len(plans)
    assert len({plan.world.epoch for plan in plans}) == len(plans)
    fractions = [plan.world.leads.area_fraction for plan in plans]
    # 2.44 % with half a unit of spread in the logarithm: four standard errors
    assert abs(np.log(fractions).mean() - np.log(0.0244)) < 4 * 0.5 / np.sqrt(len(plans))
    assert max(fractions) > 2 * min(fractions)
    for plan in plans:
        lags = np.array([a.time - plan.world.epoch for a in plan.altimeters]) / presets.MINUTE
        assert {np.searchsorted([0, 15, 60, 180], abs(lag)) for lag in lags} == {1, 2, 3}
        assert len({(a.mission, a.number) for a in plan.altimeters}) == len(plan.altimeters)


def test_leads_asked_for_reach_the_world():
    (plan,) = presets.demo(1, presets.LeadSettings(exponent=1.9, narrowest=50.0))
    assert plan.world.leads.exponent == 1.9
    assert plan.world.leads.narrowest == 50.0


def test_a_cluster_that_does_not_answer_is_said(iceco, tmp_path):
    pytest.importorskip("distributed")
    code, told, error = iceco("simulate", tmp_path / "out", "--dask", "no scheduler")
    assert (code, told) == (2, "")
    assert "--dask no scheduler: no Dask scheduler answers there" in error
