"""The threshold first-maximum retracker on edges of known place."""

import numpy as np
import pytest

from iceco.simulate.altimeter.cryosat2 import SIRAL
from iceco.simulate.altimeter.tfmra import tfmra, tfmra_bias


def ramp(start, length, gates=128):
    """An edge that rises from ``start`` over ``length`` gates and falls slowly after."""
    gate = np.arange(gates)
    rising = np.clip((gate - start) / length, 0.0, 1.0)
    return rising * np.exp(-np.maximum(gate - start - length, 0.0) / 40.0)


def test_half_of_the_maximum_lies_half_way_up_a_ramp():
    echoes = np.stack([ramp(start, 8.0) for start in (30.0, 30.5, 41.3)])
    np.testing.assert_allclose(tfmra(echoes), [34.0, 34.5, 45.3], atol=0.1)


def test_noise_and_gain_do_not_matter():
    echo = ramp(40.0, 5.0)[None]
    np.testing.assert_allclose(tfmra(7.0 * echo + 3.0), tfmra(echo), rtol=1e-12)


def test_the_first_maximum_counts_where_a_higher_one_follows():
    echo = ramp(40.0, 4.0) + 3.0 * np.exp(-0.5 * ((np.arange(128) - 70.0) / 2.0) ** 2)
    assert tfmra(echo[None])[0] == pytest.approx(tfmra(ramp(40.0, 4.0)[None])[0], abs=0.01)


def test_a_first_maximum_below_the_share_does_not_count():
    hump = np.exp(-0.5 * ((np.arange(128) - 70.0) / 2.0) ** 2)
    small = 0.1 * np.exp(-0.5 * ((np.arange(128) - 40.0) / 2.0) ** 2)
    assert tfmra((hump + small)[None])[0] == pytest.approx(tfmra(hump[None])[0], abs=1e-9)


def test_a_flat_echo_has_no_surface():
    assert np.isnan(tfmra(np.ones((2, 128)))).all()


def test_ice_is_found_earlier_than_water_by_what_the_agency_takes_off():
    """0.162 m between leads and other records in CryoSat-2's heights (measured, baseline D)."""
    water, ice = (tfmra_bias(SIRAL, 717_200.0, slope) for slope in (3e-6, np.inf))
    assert water - ice == pytest.approx(0.162, abs=0.02)
    assert -0.25 < water < -0.18
