"""The picture of a training of the densifying network: its card as lines."""

import pytest
from figure_marks import words_of

from iceco.models.densify.learned.figures import plot_training


def test_errors_are_drawn_by_distance_beside_those_of_the_rival():
    history = {"training_loss": [2.0, 1.0], "validation_loss": [3.0, 1.5], "best_epoch": 1}
    bins = [{"from_m": far, "rmse": 0.05 + far / 1e6, "coverage_68": 0.7} for far in (0.0, 5e3)]
    figure = plot_training(history, {"network": bins, "ked": bins[:1]})
    error = figure.axes[1]
    lines = {line.get_label(): line.get_xydata() for line in error.lines}
    assert lines["network"].tolist() == [[0.0, 0.05], [5.0, pytest.approx(0.055)]]
    assert lines["ked"].shape == (1, 2)
    assert {"RMSE [m]", "share within one sigma", "kept", "from this distance [km]"} <= words_of(
        figure
    )
