"""Figures of an evaluation: they appear whole, and show what they are given."""

import numpy as np
import pytest

from iceco.models.waveforms import figures
from iceco.models.waveforms.figures import (
    draw_distances,
    draw_pass,
    draw_reliability,
    draw_roc,
)
from iceco.models.waveforms.radargram import FIRST_M, GATES, SPACING_M, Radargram
from iceco.models.waveforms.rows import Prediction, Rows


@pytest.fixture
def judged() -> tuple[dict[str, Prediction], Rows, np.ndarray]:
    """A pass of 200 echoes over a lead, its predictions, and the true distances."""
    rng = np.random.default_rng(0)
    truth = np.abs(np.arange(200) * 60.0 - 6000.0)
    rows = Rows(
        lead=np.clip(1.0 - truth / 1000.0, 0.0, 1.0),
        distance=truth + 20.0 * rng.normal(size=200),
        censored=truth > 5500.0,
        mission=np.full(200, "al"),
        lag_s=np.zeros(200),
        position_sigma_m=np.full(200, 50.0),
        lead_width_m=np.full(200, 100.0),
        block=np.zeros(200, dtype=int),
    )
    said = {
        "network": Prediction(np.exp(-truth / 700.0), truth * 1.1, truth * 0.9, truth * 1.3),
        "constant": Prediction(np.full(200, 0.2), np.full(200, 2000.0)),
        "peakiness": Prediction(np.exp(-truth / 900.0)),
        "awi": Prediction(np.where(truth < 500.0, 0.8, 0.1), called=truth < 300.0),
        "silent": Prediction(np.full(200, np.nan)),
    }
    return said, rows, truth


def written(path) -> str:
    """Return an SVG, in which every text stands in a comment."""
    return path.read_text()


def test_roc_names_every_predictor_with_its_area(judged, tmp_path):
    draw_roc(*judged[:2], tmp_path / "roc.svg")
    text = written(tmp_path / "roc.svg")
    assert "<!-- network 1.000 -->" in text and "<!-- constant 0.500 -->" in text
    assert "<!-- awi, its own decision -->" in text
    assert "<!-- silent" not in text  # it says nothing


def test_reliability_names_every_predictor_with_its_error(judged, tmp_path):
    said, rows, _ = judged
    draw_reliability(said, rows, tmp_path / "reliability.svg")
    share = np.mean(rows.lead >= 0.5)
    assert f"<!-- constant ({abs(share - 0.2):.3f}) -->" in written(tmp_path / "reliability.svg")


def test_distances_are_drawn_of_those_that_give_any(judged, tmp_path):
    draw_distances(*judged[:2], tmp_path / "distances.svg")
    text = written(tmp_path / "distances.svg")
    assert "<!-- network -->" in text and "<!-- peakiness -->" not in text
    assert "<!-- floor of 5 cm range noise -->" in text


def test_a_pass_is_drawn_with_missing_echoes_bounds_and_truth(judged, tmp_path):
    said, rows, truth = judged
    along = np.arange(200) * 60.0
    beyond = FIRST_M + SPACING_M * np.arange(GATES)
    power = np.where(beyond > 1.1256 * truth[:, None] ** 2 / 1.6e6, 1.0, 1e-3).astype(np.float32)
    power[50:53] = np.nan
    power[60, :20] = 0.0
    seen = Radargram(power, power, np.zeros(200), np.zeros(200), along)
    draw_pass(seen, said["network"], rows, 500.0, tmp_path / "with.svg", truth)
    draw_pass(seen, said["peakiness"], rows, 500.0, tmp_path / "without.svg")
    both = [written(tmp_path / f"{name}.svg") for name in ("with", "without")]
    for words, expected in (("true", [True, False]), ("68 % interval", [True, False]),
                            ("at least", [True, True]), ("power [dB]", [True, True])):  # fmt: skip
        assert [f"<!-- {words} -->" in text for text in both] == expected, words


def test_no_two_of_many_predictors_look_alike():
    style = figures._styles(dict.fromkeys(map(str, range(30))))
    looks = [style(str(k)) for k in range(30)]
    assert len({(colour, str(stroke)) for colour, stroke, *_ in looks}) == 30
    assert [front for *_, front in looks] == sorted((f for *_, f in looks), reverse=True)


def test_the_error_shown_is_that_which_68_percent_do_not_exceed():
    rng = np.random.default_rng(1)
    found = np.full(4000, 1000.0)
    middle, error = figures._error_by_distance(found, found + 50.0 * rng.normal(size=4000))
    low, high = figures.ERROR_BINS[np.digitize(1000.0, figures.ERROR_BINS) - 1 :][:2]
    assert middle == pytest.approx([np.sqrt(low * high) / 1e3])
    assert error == pytest.approx([50.0], rel=0.06)  # one sigma of a normal error


def test_other_endings_and_failures_leave_no_file(judged, tmp_path):
    with pytest.raises(ValueError, match="pictures are drawn as"):
        draw_roc(*judged[:2], tmp_path / "roc.gif")
    said = {"short": Prediction(np.zeros(3))}
    with pytest.raises(ValueError):
        draw_roc(said, judged[1], tmp_path / "roc.png")
    assert list(tmp_path.iterdir()) == []


def test_few_distances_or_none_inside_the_axes_are_drawn(judged, tmp_path):
    _, rows, truth = judged
    for distance in (truth + 1.0, truth + 1e6):
        few = {"network": Prediction(np.full(200, 0.5), distance)}
        one = rows._replace(distance=np.where(np.arange(200) == 100, rows.distance, np.nan))
        draw_distances(few, one, tmp_path / "distances.svg")
        assert "<!-- (a) network -->" in written(tmp_path / "distances.svg")
