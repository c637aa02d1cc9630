"""Colours: told apart by everyone, in order of lightness, and two-sided for differences alone."""

import numpy as np
import pytest

from iceco.drawing import palette
from iceco.drawing.colour_maps import colour_map
from iceco.drawing.palette import styles

ONE_SIDED = ("FREEBOARD", "SIGMA", "BACKSCATTER", "DISTANCE", "POWER", "PROBABILITY",
             "DRIFT_SPEED", "DENSITY")  # fmt: skip


def lightness(colours) -> np.ndarray:
    """CIE L* of sRGB colours (n, 3): what colour-blind eyes see as well."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    return np.where(luminance > 0.008856, 116.0 * np.cbrt(luminance) - 16.0, 903.3 * luminance)


@pytest.mark.parametrize("name", ONE_SIDED)
def test_a_map_of_a_quantity_goes_one_way_in_lightness(name):
    light = lightness(getattr(palette, name)(np.linspace(0.0, 1.0, 33))[:, :3])
    steps = np.diff(light)
    assert (np.sign(steps) == np.sign(steps.sum())).mean() > 0.9
    assert abs(light[-1] - light[0]) > 50.0


def test_the_map_of_differences_is_brightest_at_zero_and_alike_on_both_sides():
    light = lightness(palette.DIFFERENCE(np.linspace(0.0, 1.0, 33))[:, :3])
    assert light.argmax() in (15, 16, 17)
    assert light == pytest.approx(light[::-1], abs=8.0)


def test_each_quantity_has_a_map_of_its_own():
    names = [getattr(palette, name).name for name in (*ONE_SIDED, "DIFFERENCE")]
    assert len(set(names)) == len(names)


def test_an_unknown_map_is_refused():
    with pytest.raises(ValueError, match="cmocean has no colour map 'jet'"):
        colour_map("jet")


def test_no_two_of_many_lines_look_alike_and_the_first_lies_in_front():
    style = styles(map(str, range(30)))
    looks = [style(str(k)) for k in range(30)]
    assert len({(colour, str(stroke)) for colour, stroke, *_ in looks}) == 30
    assert [front for *_, front in looks] == sorted((f for *_, f in looks), reverse=True)


def test_neighbouring_lines_differ_in_lightness_or_stroke_too():
    style = styles("abcdefg")
    assert len({str(style(name).stroke) for name in "abcdef"}) == 6
