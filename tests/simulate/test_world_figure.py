"""The picture of a simulated world: what was written of it, and what is true."""

import numpy as np
import pytest
from figure_marks import arrows_of, limits_of, smallest_letters, words_of

from iceco.geo.polar import NORTH
from iceco.simulate.figures import ARROWS, Glance, Raster, plot_world

MIDDLE = np.array([-1.57e6, 1.4e5])


@pytest.fixture
def glance() -> Glance:
    rng = np.random.default_rng(0)
    axis = np.arange(-50_000.0, 50_001.0, 1_000.0)
    raster = Raster(MIDDLE[0] + axis, MIDDLE[1] + axis, rng.normal(-25.0, 1.0, (101, 101)))
    truth = Raster(raster.x, raster.y, rng.uniform(0.0, 1.0, (101, 101)))
    line = MIDDLE[0] + axis, np.full(axis.size, MIDDLE[1])
    swath = MIDDLE + 2e5 * np.array([[0, 0], [0, 1], [1, 1], [0, 0]])
    nodes = np.meshgrid(MIDDLE[0] + axis[::4], MIDDLE[1] + axis[::4])
    moves = (np.full((26, 26), 900.0), np.full((26, 26), 1_200.0))
    return Glance(
        NORTH, raster, truth, {"AltiKa": [line, line], "CryoSat-2": [line]}, [swath],
        (nodes[0], nodes[1]), moves, 6.5,
    )  # fmt: skip


def test_each_mission_is_named_once_and_the_drift_has_its_key(glance):
    figure = plot_world(glance, "a world")
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["AltiKa", "CryoSat-2", "SWOT's swath"]
    assert {"1 km", "(b) what is true; drift of 6.5 h", "a world"} <= words_of(figure)
    assert 0 < arrows_of(figure)[0] <= (2 * ARROWS) ** 2


def test_freeboard_begins_at_the_sea(glance):
    low, high = limits_of(plot_world(glance), "haline")[0]
    assert low == 0.0
    assert high == pytest.approx(0.99, abs=0.01)


def test_a_swath_that_goes_on_does_not_widen_the_picture(glance):
    figure = plot_world(glance)
    left, right = figure.axes[0].get_xlim()
    assert right - left == pytest.approx(106.0)
    assert {"HV backscatter [dB]", "true total freeboard [m]"} <= words_of(figure)
    assert smallest_letters(figure) >= 7.0
