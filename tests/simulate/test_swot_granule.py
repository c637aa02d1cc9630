"""SWOT over toy worlds: what is written is the world, seen through what KaRIn does to it."""

import numpy as np
import pytest

from iceco.geo.polar import geodesic_distance
from iceco.products.recognise import identify
from iceco.products.swot import open_swot, with_corrections_of
from iceco.simulate.orbits import SWOT, fly_over
from iceco.simulate.sea import Sea
from iceco.simulate.surface import Kind, Surface
from iceco.simulate.swot.backscatter import SATURATION, backscatter, with_ringing
from iceco.simulate.swot.geometry import CELL, lay_swath
from iceco.simulate.swot.granule import write_swot_pass
from iceco.simulate.swot.karin import NO_ERRORS, KarinErrors, random_noise_std

EPOCH = np.datetime64("2024-03-15T16:40:00", "ns")
PLACE = (-140.0, 75.5)
FREEBOARD, SNOW, ANOMALY = 0.15, 0.2, 0.05  # m
#: Rounding of a sum of seven packed numbers [m].
PACKED = 4e-4


def ice(x, y, t):
    return _surface(np.zeros(np.shape(x), dtype=np.uint8))


def calm_water(x, y, t):
    return _surface(np.full(np.shape(x), Kind.CALM_WATER, dtype=np.uint8))


def half_water(x, y, t):
    """Strips of 300 km either way: water, where the whole swath of a pass lies, or ice."""
    return _surface(np.where(x > x.mean(), Kind.ROUGH_WATER, Kind.FIRST_YEAR).astype(np.uint8))


def _surface(kind):
    frozen = (kind < Kind.CALM_WATER).astype(np.float32)
    still = np.zeros_like(frozen)
    return Surface(kind, 1.5 * frozen, SNOW * frozen, FREEBOARD * frozen, still, still)


def sea(x, y, t):
    """Every part different, the mean sea surface and the tide sloping and the tide rising."""
    flat = np.zeros(np.shape(x))
    return Sea(
        mean_sea_surface=1e-5 * x + 3e-6 * y + 5.0,
        sea_level_anomaly=flat + ANOMALY,
        dry_troposphere=flat - 2.3,
        wet_troposphere=flat - 0.03,
        ionosphere_ku=flat - 0.05,
        inverse_barometer=flat + 0.07,
        hf_fluctuations=flat + 0.01,
        ocean_tide=0.12 + 1e-7 * x + 1e-4 * t,
        ocean_tide_equilibrium=flat + 0.01,
        load_tide=flat + 0.002,
        solid_earth_tide=flat - 0.06,
        pole_tide=flat + 0.003,
    )


def fly(folder, surface=ice, length=24e3, seed=3, errors=NO_ERRORS, **how):
    return write_swot_pass(
        folder, surface, sea, EPOCH, *PLACE, EPOCH, length, seed, 10, 21, errors=errors, **how
    )


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """A pass over even ice without any error."""
    paths = fly(tmp_path_factory.mktemp("quiet"))
    expert, unsmoothed = (open_swot(path) for path in paths)
    return paths, expert, with_corrections_of(unsmoothed, expert)


def test_names_sizes_and_kinds_are_those_of_the_products(quiet):
    paths, expert, unsmoothed = quiet
    assert [identify(path) for path in paths] == ["swot", "swot"]
    assert paths[0].name.startswith("SWOT_L2_LR_SSH_Expert_010_021_20240315T1639")
    assert paths[1].name == paths[0].name.replace("Expert", "Unsmoothed")
    assert dict(expert.sizes) == {"line": 12, "pixel": 69}
    assert dict(unsmoothed.sizes) == {"line": 96, "pixel": 480}


def test_without_errors_heights_close_to_anomaly_and_total_freeboard(quiet):
    for swath in quiet[1:]:
        height = swath["sea_level_anomaly"].values
        assert np.isfinite(height).sum() > 0.5 * height.size
        assert np.nanmax(np.abs(height - ANOMALY - FREEBOARD - SNOW)) < PACKED
    own = quiet[1]["product_sea_level_anomaly"].values
    assert np.nanmax(np.abs(own - ANOMALY - FREEBOARD - SNOW)) < PACKED


def test_over_open_water_heights_are_those_of_the_sea_and_nothing_is_called_ice(tmp_path):
    expert = open_swot(fly(tmp_path, calm_water)[0])
    assert np.nanmax(np.abs(expert["sea_level_anomaly"].values - ANOMALY)) < PACKED
    for flag in ("product_quality_flag", "surface_flag", "ice_flag", "correction_quality_flag"):
        assert not expert[flag].values.any()
    assert not expert["sea_ice_concentration"].values.any()


def test_there_is_nothing_in_the_nadir_gap_and_beyond_60_km(quiet):
    for swath, half in zip(quiet[1:], (1000.0, 125.0), strict=True):
        across = np.abs(swath["cross_track_distance"].values)
        measured = np.isfinite(swath["sea_surface_height"].values)
        assert not measured[(across < 10e3 - half) | (across > 60e3 + half)].any()
        assert measured[(across > 10e3 + half) & (across < 60e3 - half)].mean() > 0.8
        assert np.isfinite(swath["longitude"].values).all()


def test_distances_across_track_are_true_and_signed_by_the_side_of_the_flight(quiet):
    track = fly_over(SWOT, *PLACE, EPOCH, 0.1, 3)
    for swath in quiet[1:]:
        across = swath["cross_track_distance"].values
        assert (np.sign(across) == swath["side"].values).all()
    expert = quiet[1]
    nadir = (expert["nadir_longitude"].values[:, None], expert["nadir_latitude"].values[:, None])
    place = (expert["longitude"].values, expert["latitude"].values)
    distance = geodesic_distance(*nadir, *place)
    across = expert["cross_track_distance"].values
    assert np.allclose(distance, np.abs(across), rtol=1e-3, atol=0.3)
    # Eastward at 75.5 N: the left side lies farther north.
    assert -np.pi < track.heading[1] < np.pi
    assert (place[1][:, 0] > place[1][:, -1]).all()


def test_cells_are_square_and_times_are_those_of_their_lines():
    cells, pixels = lay_swath(*PLACE, EPOCH, 24e3, True)
    for swath, size in ((cells, CELL), (pixels, 8 * CELL)):
        nadir = (swath.nadir_longitude, swath.nadir_latitude)
        step = geodesic_distance(*(n[:-1] for n in nadir), *(n[1:] for n in nadir))
        assert np.allclose(step, size, rtol=1e-3)
        assert np.allclose(np.diff(swath.along), size)
    means = cells.time.astype(np.int64).reshape(-1, 8).mean(axis=1)
    assert np.abs(pixels.time.astype(np.int64) - means).max() < 1000
    mirrored = geodesic_distance(
        cells.longitude[:, 0], cells.latitude[:, 0], cells.longitude[:, -1], cells.latitude[:, -1]
    )
    assert np.allclose(mirrored, cells.across[-1] - cells.across[0], rtol=1e-6)


def test_a_descending_pass_sees_the_left_side_in_the_east(tmp_path):
    _, pixels = lay_swath(*PLACE, EPOCH, 8e3, False)
    assert np.diff(pixels.nadir_latitude).max() < 0.0
    assert (pixels.heading > 90.0).all()
    assert (pixels.latitude[:, 0] > pixels.latitude[:, -1]).all()


def test_places_north_of_the_orbit_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"never comes over 78\.5 north"):
        write_swot_pass(tmp_path, ice, sea, EPOCH, 0.0, 78.5, EPOCH, 10e3, 1, 1, 1)
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    """A pass of 48 km over even ice with random noise alone."""
    paths = fly(
        tmp_path_factory.mktemp("noisy"), length=48e3, errors=NO_ERRORS._replace(noise_share=0.5)
    )
    expert, unsmoothed = (open_swot(path) for path in paths)
    return expert, with_corrections_of(unsmoothed, expert)


def test_noise_by_distance_across_track_is_that_of_the_table(noisy):
    for swath, cell in zip(noisy, (8 * CELL, CELL), strict=True):
        noise = swath["sea_level_anomaly"].values - ANOMALY - FREEBOARD - SNOW
        across = np.abs(swath["cross_track_distance"].values)
        inside = (across > 11e3) & (across < 59e3) & np.isfinite(noise)
        share = noise / random_noise_std(across, cell**2)
        for near, far in ((11e3, 20e3), (20e3, 40e3), (40e3, 59e3)):
            ring = share[inside & (across >= near) & (across < far)]
            # A pixel that lacks some cells is noisier: half as many at the fewest, and seldom.
            assert ring.std() == pytest.approx(1.0, rel=4.0 / np.sqrt(2 * ring.size) + 0.02)
            assert abs(ring.mean()) < 4.0 / np.sqrt(ring.size)


def test_uncertainties_are_those_of_the_noise(noisy):
    for swath, cell in zip(noisy, (8 * CELL, CELL), strict=True):
        across = swath["cross_track_distance"].values
        whole = (np.abs(across) > 11e3) & (np.abs(across) < 59e3)
        if "number_of_cells" in swath:
            whole &= swath["number_of_cells"].values == 64
        told = swath["sea_surface_height_uncertainty"].values
        whole &= np.isfinite(told)
        expected = random_noise_std(np.round(across / CELL, 1) * CELL, cell**2)
        # The mean of 64 variances is not quite the variance in the middle of the pixel.
        assert np.allclose(told[whole], expected[whole], rtol=0.03, atol=1.5e-4)


@pytest.mark.parametrize("surface", [ice, half_water])
def test_the_2_km_product_is_the_mean_of_the_250_m_cells(tmp_path, surface):
    expert, unsmoothed = (open_swot(p) for p in fly(tmp_path, surface, errors=KarinErrors()))
    fine = unsmoothed["sea_surface_height"].values - unsmoothed["mean_sea_surface"].values
    across = unsmoothed["cross_track_distance"].values.mean(axis=0)
    coarse = expert["sea_surface_height"].values - expert["mean_sea_surface"].values
    compared = 0
    for pixel in range(69):
        inside = np.abs(across - 2000.0 * (pixel - 34)) < 1000.0
        for line in range(expert.sizes["line"]):
            cells = fine[8 * line : 8 * line + 8, inside]
            if np.isfinite(cells).sum() == 64 == expert["number_of_cells"].values[line, pixel]:
                assert abs(cells.mean() - coarse[line, pixel]) < PACKED
                compared += 1
    assert compared > 300


def test_an_offset_and_a_slope_a_side_bring_the_heights_back(tmp_path):
    expert = open_swot(fly(tmp_path, length=8e3, errors=KarinErrors())[0])
    error = expert["sea_level_anomaly"].values - ANOMALY - FREEBOARD - SNOW
    across = expert["cross_track_distance"].values
    rest = []
    for side in (-1, 1):
        there = np.isfinite(error) & (expert["side"].values == side)
        basis = np.stack([np.ones(there.sum()), across[there]], axis=1)
        rest.append(error[there] - basis @ np.linalg.lstsq(basis, error[there], rcond=None)[0])
    assert np.nanstd(error) > 0.03
    # Random noise of 0.4 to 1.1 cm, 1.6 in half-filled pixels, and a little of what changes along.
    assert np.concatenate(rest).std() < 0.012


def test_over_ice_everything_is_flagged_and_nothing_is_taken_away(quiet):
    _, expert, unsmoothed = quiet
    measured = np.isfinite(expert["sea_surface_height"].values)
    assert (expert["product_quality_flag"].values[measured] == 1).all()
    assert (expert["surface_flag"].values[measured] == 5).all()
    assert (expert["ice_flag"].values[measured] == 2).all()
    assert expert["sea_ice_concentration"].values[measured].min() == pytest.approx(100.0)
    assert (unsmoothed["product_quality_flag"].values == 1).mean() > 0.95


def test_leads_shine_near_nadir_and_are_black_in_the_far_swath(tmp_path):
    frozen, water = (open_swot(fly(tmp_path, s)[1]) for s in (ice, calm_water))
    across = np.abs(frozen["cross_track_distance"].values)
    ratio = water["sigma0"].values / frozen["sigma0"].values
    assert np.nanmin(ratio[across < 15e3]) > 10.0
    assert np.nanmax(ratio[across > 50e3]) < 0.1
    # Thermal noise is subtracted on average: where there is no echo half of it is below zero.
    black = water["sigma0"].values[across > 55e3]
    black = black[np.isfinite(black)]
    assert (black < 0.0).mean() == pytest.approx(0.5, abs=4.0 * 0.5 / np.sqrt(black.size) + 0.05)
    assert np.nanmedian(water["coherence"].values[across > 55e3]) < 0.1
    assert np.nanmin(frozen["coherence"].values) > 0.8


def test_rough_water_and_ice_scatter_by_geometrical_optics():
    places = np.zeros(2, dtype=np.uint8)
    places[1] = Kind.ROUGH_WATER
    at_nadir = backscatter(_surface(places), np.zeros(2))
    assert np.allclose(10 * np.log10(at_nadir), [7.0, 10 * np.log10(0.53 / 1e-2)], atol=1e-5)
    tangent = np.tan((1 + 891e3 / 6371e3) * 60e3 / 891e3) ** 2
    far = backscatter(_surface(places), np.full(2, 60e3))
    assert np.allclose(far / at_nadir, np.exp(-tangent / 1e-2) * (1 + tangent) ** 2)


def test_a_cell_that_water_shares_leans_to_what_shines(tmp_path):
    def lead(x, y, t):
        # Of the nine places in a cell those of one column of three.
        kind = np.zeros(np.shape(x), dtype=np.uint8)
        kind[..., ::3] = Kind.ROUGH_WATER
        return _surface(kind)

    swath = open_swot(fly(tmp_path, lead)[0])
    near = np.abs(swath["cross_track_distance"].values) == 20e3
    water, frozen = 0.53 / 1e-2, 10**0.7
    ice_share = 2 * frozen / (2 * frozen + water)
    height = swath["sea_level_anomaly"].values[near] - ANOMALY
    assert np.allclose(height[np.isfinite(height)], ice_share * (FREEBOARD + SNOW), atol=PACKED)


def test_a_bright_cell_is_cut_off_and_rings_across_track_only():
    sigma0 = np.full((3, 11), 1.0)
    sigma0[1, 5] = SATURATION + 1000.0
    seen, disturbed = with_ringing(sigma0)
    assert seen[1, 5] == SATURATION
    assert np.allclose(seen[1, 2:5], 1.0 + 1000.0 * 10**-1.5)
    assert disturbed[1].tolist() == [False] * 2 + [True] * 7 + [False] * 2
    assert not disturbed[[0, 2]].any()
    assert np.array_equal(seen[[0, 2]], sigma0[[0, 2]])


def test_bright_leads_near_nadir_are_flagged_and_their_heights_are_rough(tmp_path):
    expert = open_swot(fly(tmp_path, calm_water, errors=NO_ERRORS._replace(noise_share=0.5))[0])
    flag = expert["sigma0_quality_flag"].values
    across = np.abs(expert["cross_track_distance"].values)
    near, far = (flag == 1) & (across < 14e3), (across > 20e3) & (across < 30e3)
    assert (flag[(across > 11e3) & (across < 13e3) & (flag >= 0)] == 1).all()
    assert not (flag[far] == 1).any()
    noise = expert["sea_level_anomaly"].values - ANOMALY
    assert np.nanstd(noise[near]) > 2.0 * np.nanstd(noise[far])


def test_concentration_is_known_only_to_some_25_km(tmp_path):
    expert = open_swot(fly(tmp_path, half_water, length=40e3)[0])
    concentration = expert["sea_ice_concentration"].values
    assert concentration.min() >= 0.0
    assert concentration.max() <= 100.0
    assert np.abs(np.diff(concentration[:, 5:30], axis=1)).max() < 100.0 / 5


@pytest.mark.parametrize("product", [0, 1])
def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path, product):
    errors = KarinErrors()
    found = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        (tmp_path / name).mkdir()
        path = fly(tmp_path / name, length=8e3, seed=seed, errors=errors)[product]
        found.append(path.read_bytes())
    assert found[0] == found[1] != found[2]


def test_noise_does_not_depend_on_how_long_the_pass_is(tmp_path):
    only = NO_ERRORS._replace(noise_share=0.5)
    first = []
    for name, length in (("a", 16e3), ("b", 32e3)):
        (tmp_path / name).mkdir()
        swath = open_swot(fly(tmp_path / name, length=length, errors=only)[1])
        height = swath["sea_surface_height"].values - swath["mean_sea_surface"].values
        first.append(height[:64])
    there = np.isfinite(first[0] + first[1])
    assert there.mean() > 0.4
    # The tide of the toy sea differs by less than a millimetre between the two places.
    assert np.abs(first[0] - first[1])[there].max() < 3e-3


def test_missing_cells_are_missing_in_both_products_and_are_but_few(tmp_path):
    lost = []
    for seed in (8, 9, 12):
        expert, unsmoothed = (open_swot(p) for p in fly(tmp_path, length=50e3, seed=seed))
        across = np.abs(unsmoothed["cross_track_distance"].values)
        inside = (across > 10.1e3) & (across < 59.9e3)
        gone = np.isnan(unsmoothed["sea_surface_height"].values)
        lost.append(gone[inside].mean())
        assert np.isnan(unsmoothed["sigma0"].values[gone]).all()
        assert np.isfinite(unsmoothed["mean_sea_surface"].values).all()
        counted = np.nansum(expert["number_of_cells"].values)
        assert counted == (~gone).sum()
    assert 0.0 < np.mean(lost) < 0.15


def test_ionosphere_is_that_of_ka_band_and_media_do_not_touch_heights(quiet):
    expert = quiet[1]
    assert np.allclose(expert["ionosphere_correction"], -0.05 / (35.75 / 13.575) ** 2, atol=6e-5)
    assert np.allclose(expert["dry_troposphere_correction"], -2.3, atol=6e-5)
    assert np.allclose(expert["dynamic_atmosphere_correction"], 0.08, atol=6e-5)
