"""Backscatter of ice and leads: the levels, slopes and order that are observed in winter."""

import numpy as np
import pytest
from naive.sar_imaging import sigma0 as slow_sigma0
from scipy.stats import spearmanr

from iceco.products.sentinel1.instrument import CROSS_POLARISED_NESZ
from iceco.simulate.ice.cover import CoverSettings, ice_cover
from iceco.simulate.sar.backscatter import sigma0
from iceco.simulate.surface import FIRST_LEAD, Kind, Surface

#: Observed levels at 30 degrees [dB]: HH lowest, highest, HV lowest, highest.
OBSERVED = {
    "multi-year": (Kind.MULTI_YEAR, 0.2, (-13.0, -9.0), (-21.0, -17.0)),
    "deformed first-year": (Kind.FIRST_YEAR, 0.6, (-16.0, -12.0), (-25.0, -21.0)),
    "level first-year": (Kind.FIRST_YEAR, 0.0, (-19.0, -15.0), (-29.0, -25.0)),
    "nilas": (Kind.NILAS, 0.0, (-26.0, -20.0), (-np.inf, -30.0)),
    "calm water": (Kind.CALM_WATER, 0.0, (-26.0, -22.0), (-np.inf, -30.0)),
    "rough water": (Kind.ROUGH_WATER, 0.0, (-15.0, -8.0), (-np.inf, -25.0)),
    "frost flowers": (Kind.FROST_FLOWERS, 0.0, (-14.0, -10.0), (-25.0, -23.0)),
}


def uniform(kind, deformation=0.0, texture=0.0, shape=(1, 1)):
    nothing = np.zeros(shape, dtype=np.float32)
    return Surface(
        np.full(shape, kind, dtype=np.uint8),
        nothing, nothing, nothing,
        nothing + np.float32(deformation),
        nothing + np.float32(texture),
    )  # fmt: skip


def decibel(surface, angle, polarisation):
    return 10 * np.log10(sigma0(surface, np.atleast_1d(angle), polarisation))


def one(kind, polarisation, angle=30.0, deformation=0.0, texture=0.0):
    return decibel(uniform(kind, deformation, texture), angle, polarisation).item()


def test_backscatter_agrees_with_its_slow_twin():
    rng = np.random.default_rng(2)
    shape = (30, 40)
    surface = Surface(
        rng.integers(0, len(Kind), shape, dtype=np.uint8),
        *np.zeros((3, *shape), dtype=np.float32),
        rng.random(shape, dtype=np.float32),
        rng.standard_normal(shape, dtype=np.float32),
    )
    angle = np.linspace(18.0, 47.0, shape[1])
    for polarisation in ("HH", "HV"):
        found = sigma0(surface, angle, polarisation)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, slow_sigma0(surface, angle, polarisation), rtol=1e-5)


@pytest.mark.parametrize("name", OBSERVED)
def test_levels_lie_in_the_observed_ranges(name):
    kind, deformation, hh, hv = OBSERVED[name]
    assert hh[0] <= one(kind, "HH", deformation=deformation) <= hh[1]
    assert hv[0] <= one(kind, "HV", deformation=deformation) <= hv[1]


@pytest.mark.parametrize("polarisation", ["HH", "HV"])
def test_ridges_brighten_ice_and_texture_has_no_mean_in_decibels(polarisation):
    for kind in (Kind.FIRST_YEAR, Kind.MULTI_YEAR):
        levels = [one(kind, polarisation, deformation=share) for share in (0.0, 0.3, 1.0)]
        assert levels == sorted(levels)
    for kind in Kind:
        up, down = (one(kind, polarisation, texture=sign) for sign in (1.0, -1.0))
        assert 0.5 * (up + down) == pytest.approx(one(kind, polarisation), abs=1e-4)
        assert up > down


@pytest.mark.parametrize("kind", [Kind.FIRST_YEAR, Kind.MULTI_YEAR])
def test_ridges_raise_hv_more_than_hh(kind):
    hh, hv = (one(kind, p, deformation=1.0) - one(kind, p) for p in ("HH", "HV"))
    assert hv > hh > 0.0


def test_dark_leads_are_darker_and_bright_ones_brighter_than_level_ice_in_hh():
    for angle in (20.0, 30.0, 46.0):
        ice = one(Kind.FIRST_YEAR, "HH", angle)
        for kind in (Kind.CALM_WATER, Kind.NILAS):
            assert one(kind, "HH", angle) < ice - 3.0
        assert one(Kind.FROST_FLOWERS, "HH", angle) > ice + 3.0
        assert one(Kind.ROUGH_WATER, "HH", angle) > ice + 1.5


def test_dark_leads_hide_in_the_noise_of_hv():
    noise = 10 * np.log10(np.mean(10 ** (np.array(CROSS_POLARISED_NESZ) / 10)))
    assert one(Kind.CALM_WATER, "HV") < noise
    assert one(Kind.NILAS, "HV") < noise


def test_leads_know_no_ridges():
    for kind in list(Kind)[FIRST_LEAD:]:
        for polarisation in ("HH", "HV"):
            assert one(kind, polarisation, deformation=1.0) == one(kind, polarisation)


@pytest.mark.parametrize(
    ("kind", "deformation", "polarisation", "slope"),
    [
        (Kind.FIRST_YEAR, 0.0, "HH", -0.25),
        (Kind.FIRST_YEAR, 1.0, "HH", -0.24),
        (Kind.FIRST_YEAR, 0.0, "HV", -0.16),
        (Kind.FIRST_YEAR, 1.0, "HV", -0.16),
        (Kind.MULTI_YEAR, 0.0, "HH", -0.167),
    ],
)
def test_backscatter_falls_with_the_incidence_angle_as_published(
    kind, deformation, polarisation, slope
):
    angle = np.linspace(19.0, 47.0, 15)
    level = decibel(uniform(kind, deformation, shape=(1, 15)), angle, polarisation)[0]
    assert np.polyfit(angle, level, 1)[0] == pytest.approx(slope, abs=1e-5)


def test_backscatter_follows_freeboard_as_loosely_as_in_nature():
    rng = np.random.default_rng(3)
    correlations = []
    for seed in (1, 2):
        x, y = rng.uniform(-4e5, 4e5, (2, 600, 1))
        offset = np.array([-180.0, -60.0, 60.0, 180.0])
        across, along = (part.ravel() for part in np.meshgrid(offset, offset))
        ice = ice_cover(CoverSettings(), seed, x + across, y + along)  # places of 0.5 km
        power = sigma0(ice, np.full(across.size, 34.0), "HV")
        here = spearmanr(power[:, 0], ice.ice_freeboard[:, 0]).statistic
        mean = spearmanr(power.mean(axis=1), ice.ice_freeboard.mean(axis=1)).statistic
        correlations.append((here, mean))
    # The sampling error of a rank correlation near 0.5 is 0.03 with 600 places, twice.
    here, mean = np.mean(correlations, axis=0)
    assert 0.4 < here < 0.6
    assert 0.4 < mean < 0.65
