"""Mean sea surfaces from grids: exact on planes, whole across the date line, refused when unfit."""

import netCDF4
import numpy as np
import pytest
from naive.freeboard import bilinear

from iceco.models.freeboard.mean_sea_surface import of_grid, of_product


def write_grid(path, longitude, latitude, surface, dims=("lat", "lon"), name="mss", fill=None):
    with netCDF4.Dataset(path, "w") as dataset:
        for axis, values in (("lon", longitude), ("lat", latitude)):
            dataset.createDimension(axis, len(values))
            dataset.createVariable(axis, "f8", (axis,))[:] = values
        variable = dataset.createVariable(name, "f8", dims, fill_value=fill)
        variable.set_auto_maskandscale(False)
        variable[:] = surface
    return path


def waves(longitude, latitude):
    """A surface that knows no seam."""
    return 20.0 + 3.0 * np.cos(np.radians(longitude)) + 0.1 * latitude


@pytest.mark.parametrize("first", [-180.0, 0.0, 20.0])
def test_places_on_both_sides_of_any_seam_are_as_by_hand(tmp_path, first):
    longitudes = first + np.arange(0.0, 360.0, 4.0)
    latitudes = np.arange(60.0, 90.1, 3.0)
    surface = waves(*np.meshgrid(longitudes, latitudes))
    path = write_grid(tmp_path / "mss.nc", longitudes, latitudes, surface)
    longitude = np.array([-179.9, 179.9, 178.3, -0.1, 0.1, 21.0, 19.0, 18.0, -158.3])
    latitude = np.linspace(61.0, 89.0, longitude.size)
    found = of_grid(path, longitude, latitude)
    naive = [
        bilinear(longitudes, latitudes, surface.T, a, b)
        for a, b in zip(longitude, latitude, strict=True)
    ]
    np.testing.assert_allclose(found, naive, atol=1e-9)
    np.testing.assert_allclose(of_grid(path, longitude + 360.0, latitude), found, atol=1e-9)


def test_axes_may_fall_and_stand_in_any_order(tmp_path):
    longitudes, latitudes = np.arange(-180.0, 180.0, 5.0), np.arange(50.0, 91.0, 5.0)
    surface = waves(*np.meshgrid(longitudes, latitudes))
    straight = write_grid(tmp_path / "a.nc", longitudes, latitudes, surface)
    turned = write_grid(
        tmp_path / "b.nc", longitudes, latitudes[::-1], surface[::-1].T, ("lon", "lat")
    )
    longitude, latitude = np.array([-179.0, 3.0, 177.5]), np.array([55.5, 70.0, 89.0])
    np.testing.assert_allclose(
        of_grid(turned, longitude, latitude), of_grid(straight, longitude, latitude)
    )


def test_outside_a_regional_grid_and_on_its_gaps_nothing_is_known(tmp_path):
    longitudes, latitudes = np.arange(-150.0, -129.0, 2.0), np.arange(70.0, 81.0, 2.0)
    surface = waves(*np.meshgrid(longitudes, latitudes))
    surface[3, 4] = -9999.0
    path = write_grid(tmp_path / "mss.nc", longitudes, latitudes, surface, fill=-9999.0)
    found = of_grid(
        path,
        np.array([-140.0, -128.0, -140.0, 160.0, -142.5]),
        np.array([75.0, 75.0, 82.0, 75.0, 76.5]),
    )
    assert np.isfinite(found).tolist() == [True, False, False, False, False]


def test_what_is_no_grid_is_refused_by_name(tmp_path):
    path = write_grid(tmp_path / "geoid.nc", [0.0, 1.0], [80.0, 81.0], np.zeros((2, 2)), name="geo")
    with pytest.raises(ValueError, match=r"geoid\.nc: is no grid of a mean sea surface"):
        of_grid(path, np.zeros(1), np.zeros(1))
    with pytest.raises(ValueError, match="no such file"):
        of_grid(tmp_path / "none.nc", np.zeros(1), np.zeros(1))


def test_a_product_without_one_says_what_to_do(tmp_path):
    from flown_passes import ice_echoes, made_track

    with pytest.raises(ValueError, match="--mean-sea-surface"):
        of_product(made_track(ice_echoes(3)))
