"""The ice cover: in balance, with the statistics asked for, the same however it is asked."""

import numba
import numpy as np
import pytest
from naive import ice_noise
from scipy.ndimage import label
from scipy.stats import kstest, spearmanr

from iceco.simulate.ice._floe_kernels import find_cracks, find_floes, new_found
from iceco.simulate.ice.buoyancy import (
    FIRST_YEAR_DENSITY,
    MULTI_YEAR_DENSITY,
    SNOW_DENSITY,
    hydrostatic_freeboard,
    total_freeboard,
)
from iceco.simulate.ice.cover import CoverSettings, ice_cover
from iceco.simulate.ice.floes import (
    SEAM_REACH,
    crack_lattices,
    crack_law,
    floe_lattices,
    floe_law,
)
from iceco.simulate.surface import Kind

needs_compiled_loops = pytest.mark.skipif(
    numba.config.DISABLE_JIT, reason="some 1e6 places take minutes as plain Python"
)
DEFAULT = CoverSettings()
SEEDS = range(6)


def scattered(seed, count):
    """Places over 2000 km by 2000 km, mostly each on a floe of its own."""
    return np.random.default_rng(seed).uniform(-1e6, 1e6, (2, count))


def square(seed, extent, spacing, settings=DEFAULT):
    """The ice of a square around some place."""
    side = np.arange(0.0, extent, spacing)
    return ice_cover(settings, seed, *np.meshgrid(side - 3e5, side - 9e5))


def found_by_kernels(seed, x, y):
    """Floes and cracks at places, level by level."""
    found = new_found(x.size)
    floes = floe_lattices(seed)
    find_cracks(x, y, crack_lattices(seed), crack_law(), floes.key.size, found)
    for k in range(floes.key.size):
        find_floes(k, x, y, floes, floe_law(), found)
    return found


def test_freeboard_of_half_sunk_ice_and_of_flooded_ice():
    # Ice of half the water's density floats half out of it; snow of the water's density and
    # half the ice's thickness pushes its upper side down to the level of the water.
    assert hydrostatic_freeboard(2.0, 0.0, 512.0, 300.0) == 1.0
    assert hydrostatic_freeboard(2.0, 1.0, 512.0, 1024.0) == 0.0
    assert hydrostatic_freeboard(2.0, 1.5, 512.0, 1024.0) < 0.0


def test_freeboard_grows_with_thickness_as_published():
    # science.md 2.2: dT/dF = 9.5 and 7.2 for first-year and multi-year ice.
    for density, slope in ((FIRST_YEAR_DENSITY, 9.5), (MULTI_YEAR_DENSITY, 7.2)):
        gain = hydrostatic_freeboard(3.0, 0.1, density) - hydrostatic_freeboard(2.0, 0.1, density)
        assert 1.0 / gain == pytest.approx(slope, abs=0.1)


def test_floes_and_cracks_agree_with_their_plain_twin():
    x, y = np.random.default_rng(2).uniform(-30_000.0, 30_000.0, (2, 400))
    found = found_by_kernels(7, x, y)
    floes, cracks = floe_lattices(7), crack_lattices(7)
    edges = 0
    for n in range(x.size):
        around = ice_noise.discs(cracks, crack_law(), 0, x[n], y[n])
        level, identity, distance, seam = ice_noise.floe(floes, floe_law(), x[n], y[n])
        assert found.level[n] == level
        assert found.identity[n] == (identity if level < floes.key.size else around[0][1])
        if distance < SEAM_REACH:
            edges += 1
            assert found.seam_distance[n] == pytest.approx(distance, abs=1e-6)
            assert found.seam[n] == seam
        else:
            assert found.seam_distance[n] >= SEAM_REACH
        if found.crack_distance[n] < SEAM_REACH:
            assert found.crack[n] == around[0][1] ^ around[1][1]
    assert edges > 50


def test_cracks_lie_midway_between_the_points_of_their_cells():
    # Along a line through both cells the distance falls at most a metre a metre, and to 0.
    x = np.arange(0.0, 30_000.0, 5.0)
    found = found_by_kernels(3, x, np.zeros(x.size))
    near = found.crack_distance < SEAM_REACH
    steps = np.abs(np.diff(found.crack_distance))[near[1:] & near[:-1]]
    assert steps.max() <= 5.0 + 1e-6
    assert found.crack_distance.min() < 5.0


def test_the_ice_floats_in_balance_everywhere():
    ice = ice_cover(DEFAULT, 4, *scattered(0, 3000))
    density = np.where(ice.kind == Kind.MULTI_YEAR, MULTI_YEAR_DENSITY, FIRST_YEAR_DENSITY)
    balance = hydrostatic_freeboard(ice.thickness, ice.snow_depth, density, SNOW_DENSITY)
    np.testing.assert_allclose(ice.ice_freeboard, balance, rtol=0, atol=2e-6)  # float32 metres
    assert ice.ice_freeboard.min() > 0.0
    assert set(np.unique(ice.kind)) == {Kind.FIRST_YEAR, Kind.MULTI_YEAR}
    assert ice.deformation.min() >= 0.0
    assert ice.deformation.max() <= 1.0


@pytest.mark.parametrize("share", [0.4, 0.9])
def test_the_ice_is_the_same_in_whatever_order_it_is_asked_for(share):
    settings = DEFAULT._replace(multi_year_share=share)
    x, y = np.meshgrid(40.0 * np.arange(60), 40.0 * np.arange(30) - 5e5)
    whole = ice_cover(settings, 9, x, y)
    order = np.random.default_rng(0).permutation(x.size)
    shuffled = ice_cover(settings, 9, x.ravel()[order], y.ravel()[order])
    for part, mixed in zip(whole, shuffled, strict=True):
        assert part.shape == x.shape
        np.testing.assert_array_equal(part.ravel()[order], mixed)
    right = ice_cover(settings, 9, x[:, 17:], y[:, 17:])
    for part, cut in zip(whole, right, strict=True):
        np.testing.assert_array_equal(part[:, 17:], cut)


def test_another_seed_is_another_world():
    x, y = scattered(1, 50)
    one, other = ice_cover(DEFAULT, 1, x, y), ice_cover(DEFAULT, 2, x, y)
    assert np.abs(one.thickness - other.thickness).min() > 0.0


@needs_compiled_loops
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.9, 1.0])
def test_multi_year_ice_has_the_share_asked_for(share):
    # 4 worlds of 4e4 places.  Places on one floe or in one region (60 km, a fifth of the
    # variance) are alike: about 4e6 km2 / (16 km)**2 = 1.6e4 of them count in each world.
    settings = DEFAULT._replace(multi_year_share=share)
    kinds = [ice_cover(settings, seed, *scattered(seed, 40_000)).kind for seed in range(4)]
    spread = np.sqrt(share * (1.0 - share) / 6.4e4)
    assert np.mean(kinds) == pytest.approx(share, abs=4.0 * spread)


@needs_compiled_loops
@pytest.mark.parametrize("kind", [Kind.FIRST_YEAR, Kind.MULTI_YEAR])
def test_level_ice_is_lognormal_within_an_age(kind):
    ice = ice_cover(DEFAULT._replace(ridging=0.0), 11, *scattered(3, 20_000))
    chosen = ice.kind == kind
    median, spread = (1.15, 0.35) if kind == Kind.FIRST_YEAR else (1.9, 0.30)
    number = np.log(ice.thickness[chosen] / median) / spread
    # A fifth of the places share a floe with others: the bound for half as many is kept.
    assert kstest(number, "norm").statistic < 1.95 / np.sqrt(0.5 * number.size)
    assert ice.deformation.max() == 0.0


def test_growth_thickens_level_first_year_ice_by_its_factor():
    x, y = scattered(4, 400)
    level = DEFAULT._replace(ridging=0.0)
    before = ice_cover(level, 2, x, y)
    after = ice_cover(level._replace(mean_growth=0.5), 2, x, y)
    factor = np.where(before.kind == Kind.FIRST_YEAR, 0.5, 1.0)
    np.testing.assert_allclose(after.thickness, factor * before.thickness, rtol=1e-6)


@needs_compiled_loops
def test_texture_is_standard_normal_and_tells_nothing_of_thickness():
    ice = ice_cover(DEFAULT, 12, *scattered(5, 20_000))
    for kind in (Kind.FIRST_YEAR, Kind.MULTI_YEAR):
        texture = ice.texture[ice.kind == kind]
        assert kstest(texture, "norm").statistic < 1.95 / np.sqrt(0.5 * texture.size)
    for other in (ice.thickness, ice.deformation, ice.snow_depth):
        assert abs(spearmanr(ice.texture, other).statistic) < 4.0 / np.sqrt(0.5 * other.size)


@needs_compiled_loops
def test_freeboards_are_those_of_an_arctic_winter():
    # Ranges of science.md 7.4; over 100 km means differ by 4, 12 and 24 mm from seed to seed.
    first_year, multi_year, total = [], [], []
    for seed in SEEDS:
        ice = square(seed, 100_000.0, 500.0)
        first_year.append(ice.ice_freeboard[ice.kind == Kind.FIRST_YEAR].mean())
        multi_year.append(ice.ice_freeboard[ice.kind == Kind.MULTI_YEAR].mean())
        total.append(total_freeboard(ice.ice_freeboard, ice.snow_depth).mean())
    assert min(first_year) > 0.05
    assert max(first_year) < 0.15
    assert min(multi_year) > 0.2
    assert max(multi_year) < 0.35
    assert min(total) > 0.25
    assert max(total) < 0.45


@needs_compiled_loops
def test_snow_has_the_depths_of_an_arctic_winter():
    ice = ice_cover(DEFAULT, 13, *scattered(6, 20_000))
    # Thin ice bears less: means are a little below those asked for.
    for kind, depth in ((Kind.FIRST_YEAR, 0.12), (Kind.MULTI_YEAR, 0.28)):
        assert 0.9 * depth < ice.snow_depth[ice.kind == kind].mean() < 1.01 * depth


@needs_compiled_loops
def test_freeboard_along_a_line_decorrelates_over_kilometres():
    # The distance over which the correlation falls to 1/e: 1-5 km in science.md 7.4.
    folding = []
    for seed in SEEDS:
        freeboard = square(seed, 100_000.0, 250.0).ice_freeboard
        departure = freeboard - freeboard.mean()
        lags = np.arange(1, 60)
        correlation = [np.mean(departure[:, :-lag] * departure[:, lag:]) for lag in lags]
        folding.append(250.0 * lags[np.argmax(correlation < departure.var() / np.e)])
    assert min(folding) > 1_000.0
    assert max(folding) < 5_000.0


@needs_compiled_loops
def test_floe_diameters_follow_a_power_law():
    # Multi-year floes so few that they hardly touch.  Density ~ D**-a over 1-15 km by maximum
    # likelihood; a between 2 and 3 in science.md 7.4, here within 4 (a - 1) / sqrt(floes) = 0.3.
    few = DEFAULT._replace(multi_year_share=0.05)
    areas = []
    for seed in SEEDS:
        pieces, _ = label(square(seed, 150_000.0, 250.0, few).kind)
        pieces[np.isin(pieces, np.r_[pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]])] = 0
        areas.append(np.bincount(pieces.ravel())[1:] * 250.0**2)
    diameter = np.sqrt(4.0 / np.pi * np.concatenate(areas))
    low, high = 1_000.0, 15_000.0
    diameter = diameter[(diameter > low) & (diameter < high)]
    power = np.linspace(1.1, 4.0, 300)
    norm = np.log((power - 1.0) / (low ** (1.0 - power) - high ** (1.0 - power)))
    likelihood = diameter.size * norm - power * np.log(diameter).sum()
    assert diameter.size > 500
    assert 2.3 < power[np.argmax(likelihood)] < 3.1


@needs_compiled_loops
def test_ridges_thicken_the_ice_where_they_stand_and_not_elsewhere():
    ridged = square(1, 20_000.0, 50.0)
    level = square(1, 20_000.0, 50.0, DEFAULT._replace(ridging=0.0))
    gain = ridged.thickness - level.thickness
    assert gain.min() > 0.0
    assert spearmanr(gain.ravel(), ridged.deformation.ravel()).statistic > 0.9
    np.testing.assert_array_equal(ridged.kind, level.kind)
    # A share of ice that ridges cover, as lines: some per cent.
    assert 0.01 < np.mean(ridged.deformation > 0.8) < 0.1


@needs_compiled_loops
def test_the_lattices_do_not_show():
    # Were all lattices laid one way, thickness would differ more along some directions than along
    # others.  Over 700 m mean squares differ by 7 % at most in six worlds, by chance.
    number = np.log(square(5, 60_000.0, 100.0, DEFAULT._replace(ridging=0.0)).thickness)
    along = [np.mean((np.roll(number, 7, axis) - number)[7:, 7:] ** 2) for axis in (0, 1)]
    oblique = [
        np.mean((np.roll(number, (5, sign * 5), (0, 1)) - number)[5:-5, 5:-5] ** 2)
        for sign in (1, -1)
    ]
    assert max(along + oblique) < 1.1 * min(along + oblique)


@pytest.mark.parametrize("name", ["multi_year_share", "floe_share", "ridging"])
def test_shares_outside_0_to_1_are_refused(name):
    with pytest.raises(ValueError, match=f"{name} must lie between 0 and 1, got 1.5"):
        ice_cover(DEFAULT._replace(**{name: 1.5}), 1, np.zeros(1), np.zeros(1))
