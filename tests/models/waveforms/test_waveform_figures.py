"""Figures of an evaluation: they show what they are given."""

import numpy as np
import pytest
from figure_marks import words_of

from iceco.models.waveforms import figures
from iceco.models.waveforms.figures import (
    plot_distances,
    plot_reliability,
    plot_roc,
    plot_training,
)
from iceco.models.waveforms.pass_figure import plot_pass
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


def test_roc_names_every_predictor_with_its_area(judged):
    words = words_of(plot_roc(*judged[:2]))
    assert {"network 1.000", "constant 0.500", "awi, its own decision"} <= words
    assert not any(text.startswith("silent") for text in words)  # it says nothing


def test_a_training_shows_its_losses_and_the_epoch_that_was_kept(judged):
    history = {"training_loss": [2.0, 1.0, 0.5], "validation_loss": [2.5, 1.5, 1.8],
               "best_epoch": 1}  # fmt: skip
    figure = plot_training(history, *judged[:2])
    learning = figure.axes[0]
    lines = {line.get_label(): line.get_xydata() for line in learning.lines}
    assert lines["training"].tolist() == [[1, 2.0], [2, 1.0], [3, 0.5]]
    assert lines["kept"].tolist() == [[2, 1.5]]
    assert {"network 1.000", "epoch", "loss"} <= words_of(figure)


def test_reliability_names_every_predictor_with_its_error(judged):
    said, rows, _ = judged
    share = np.mean(rows.lead >= 0.5)
    assert f"constant ({abs(share - 0.2):.3f})" in words_of(plot_reliability(said, rows))


def test_distances_are_drawn_of_those_that_give_any(judged):
    words = words_of(plot_distances(*judged[:2]))
    assert "network" in words and "peakiness" not in words
    assert "floor of 5 cm range noise" in words


def test_a_pass_is_drawn_with_missing_echoes_bounds_and_truth(judged):
    said, rows, truth = judged
    along = np.arange(200) * 60.0
    beyond = FIRST_M + SPACING_M * np.arange(GATES)
    power = np.where(beyond > 1.1256 * truth[:, None] ** 2 / 1.6e6, 1.0, 1e-3).astype(np.float32)
    power[50:53] = np.nan
    power[60, :20] = 0.0
    seen = Radargram(power, power, np.zeros(200), np.zeros(200), along)
    both = [
        words_of(plot_pass(seen, said["network"], 500.0, rows, truth)),
        words_of(plot_pass(seen, said["peakiness"], 500.0, rows)),
    ]
    for words, expected in (("true", [True, False]), ("68 % interval", [True, False]),
                            ("at least", [True, True]), ("power [dB]", [True, True])):  # fmt: skip
        assert [words in texts for texts in both] == expected, words
    alone = words_of(plot_pass(seen, said["network"], 500.0))
    assert "predicted" in alone and "label" not in alone


def test_the_axis_of_range_ends_where_no_window_reaches(judged):
    said, *_ = judged
    power = np.ones((200, GATES), dtype=np.float32)
    power[:, 100:] = np.nan
    seen = Radargram(power, power, np.zeros(200), np.zeros(200), np.arange(200) * 60.0)
    lowest, highest = plot_pass(seen, said["network"], 500.0).axes[0].get_ylim()
    assert (highest, lowest) == pytest.approx((FIRST_M, FIRST_M + 99 * SPACING_M))


def test_the_error_shown_is_that_which_68_percent_do_not_exceed():
    rng = np.random.default_rng(1)
    found = np.full(4000, 1000.0)
    middle, error = figures._error_by_distance(found, found + 50.0 * rng.normal(size=4000))
    low, high = figures.ERROR_BINS[np.digitize(1000.0, figures.ERROR_BINS) - 1 :][:2]
    assert middle == pytest.approx([np.sqrt(low * high) / 1e3])
    assert error == pytest.approx([50.0], rel=0.06)  # one sigma of a normal error


def test_few_distances_or_none_inside_the_axes_are_drawn(judged):
    _, rows, truth = judged
    for distance in (truth + 1.0, truth + 1e6):
        few = {"network": Prediction(np.full(200, 0.5), distance)}
        one = rows._replace(distance=np.where(np.arange(200) == 100, rows.distance, np.nan))
        assert "(a) network" in words_of(plot_distances(few, one))
