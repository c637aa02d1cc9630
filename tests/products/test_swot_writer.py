"""What the SWOT writers write, the reader reads; and it is laid out as CNES and JPL define it."""

import time
import xml.etree.ElementTree as ElementTree

import netCDF4
import numpy as np
import pytest
import xarray as xr
from swot_swaths import expert_swath, unsmoothed_swath

from iceco.geo.timescale import tai_minus_utc
from iceco.products.swot import open_swot
from iceco.products.swot_layout import EXPERT, UNSMOOTHED, variables
from iceco.products.swot_writer import (
    Granule,
    swot_name,
    write_swot_expert,
    write_swot_unsmoothed,
)

GRANULE = Granule(10, 21)
WRITERS = {
    "expert": (write_swot_expert, expert_swath),
    "unsmoothed": (write_swot_unsmoothed, unsmoothed_swath),
}
#: Half of what a packed count is worth, and the rounding of the sum.
PRECISION = {
    "longitude": 5.1e-7,
    "latitude": 5.1e-7,
    "nadir_longitude": 5.1e-7,
    "nadir_latitude": 5.1e-7,
    "heading": 5.1e-7,
    "altitude_rate": 5.1e-3,
    "sea_ice_concentration": 5.1e-3,
    "sea_level_anomaly": 1e-3,
    "cross_track_distance": 0.5,
}
METRES = 5.1e-5


@pytest.mark.parametrize("kind", WRITERS)
def test_the_reader_returns_what_was_written(tmp_path, kind):
    write, make = WRITERS[kind]
    written = make()
    write(tmp_path / "g.nc", written, GRANULE)
    read = open_swot(tmp_path / "g.nc")
    assert set(read.variables) == set(written.variables)
    assert np.abs(read["time"].values - written["time"].values).max() < np.timedelta64(200, "ns")
    for name in set(written.variables) - {"time", "cross_track_distance"}:
        atol = PRECISION.get(name, METRES)
        a, b = read[name].values, written[name].values
        if name == "longitude":
            a, b = (a - b + 180.0) % 360.0, np.full(b.shape, 180.0)
        assert np.allclose(a, b, rtol=1e-6, atol=atol, equal_nan=True), name


def test_distances_across_track_are_kept_at_2_km_and_found_again_at_250_m(tmp_path):
    for write, make in WRITERS.values():
        written = make()
        write(tmp_path / "g.nc", written, GRANULE)
        across = open_swot(tmp_path / "g.nc")["cross_track_distance"].values
        # The made-up swath takes a degree of latitude as constant, which is true to 0.1 %.
        assert np.allclose(across, written["cross_track_distance"].values, rtol=1e-3, atol=20.0)


def test_the_same_swath_gives_the_same_bytes_a_second_later(tmp_path):
    written = []
    for again in range(2):
        time.sleep(1.1 * again)
        for kind, (write, make) in WRITERS.items():
            write(tmp_path / f"{kind}.nc", make(), GRANULE)
            written.append((tmp_path / f"{kind}.nc").read_bytes())
    assert written[:2] == written[2:]


def test_names_are_those_of_the_archive():
    first, last = np.datetime64("2024-03-15T16:39:52.7"), np.datetime64("2024-03-15T16:40:07.2")
    name = swot_name("Expert", Granule(10, 21), first, last)
    assert name == "SWOT_L2_LR_SSH_Expert_010_021_20240315T163952_20240315T164007_PIC0_01.nc"


def test_atomic_time_runs_37_seconds_ahead_and_longitudes_are_those_of_a_turn(tmp_path):
    swath = expert_swath()
    write_swot_expert(tmp_path / "g.nc", swath, GRANULE)
    with netCDF4.Dataset(tmp_path / "g.nc") as file:
        ahead = file["time_tai"][:] - file["time"][:]
        assert np.allclose(ahead, tai_minus_utc(swath["time"].values), atol=1e-6)
        assert file["time"].tai_utc_difference == 37.0
        assert file["longitude"][:].min() > 179.0
        assert file["longitude"][:].max() < 181.0


def test_a_longitude_that_rounds_up_to_a_whole_turn_is_zero(tmp_path):
    swath = expert_swath(east=-1e-8)
    write_swot_expert(tmp_path / "g.nc", swath, GRANULE)
    with netCDF4.Dataset(tmp_path / "g.nc") as file:
        assert file["longitude"][0, 0] == 0.0


def test_plain_xarray_opens_an_expert_granule(tmp_path):
    swath = expert_swath()
    write_swot_expert(tmp_path / "g.nc", swath, GRANULE)
    with xr.open_dataset(tmp_path / "g.nc") as plain:
        assert plain.sizes == {"num_lines": 5, "num_pixels": 69, "num_sides": 2}
        height, sigma0 = plain["ssh_karin_2"].values, plain["sig0_karin_2"].values
        assert np.allclose(height, swath["sea_surface_height"].values, atol=METRES, equal_nan=True)
        assert np.allclose(sigma0, swath["sigma0"].values, rtol=1e-6, equal_nan=True)
        assert np.abs(plain["time"].values - swath["time"].values).max() < np.timedelta64(1, "us")
        assert np.isnan(plain["rad_wet_tropo_cor"].values).all()
        assert plain["ssha_karin_qual"].attrs["flag_meanings"] == "good bad"


def test_plain_xarray_opens_both_groups_of_an_unsmoothed_granule(tmp_path):
    swath = unsmoothed_swath()
    write_swot_unsmoothed(tmp_path / "g.nc", swath, GRANULE)
    tree = xr.open_datatree(tmp_path / "g.nc")
    for side, pixels in (("left", slice(None, 240)), ("right", slice(240, None))):
        assert tree[side].sizes == {"num_lines": 6, "num_pixels": 240}
        read = tree[side]["ssh_karin_2"].values
        written = swath["sea_surface_height"].values[:, pixels]
        assert np.allclose(read, written, atol=METRES, equal_nan=True)
    tree.close()


def _definition(path, group):
    """Every variable of a product definition: its type, shape and attributes."""
    kinds = {"real": "f", "char": "S"}
    for node in ElementTree.parse(path).getroot().iter():
        name = node.get("name", "")
        if node.tag in ("real", "integer", "char") and "@" not in name and name.startswith(group):
            kind = kinds.get(node.tag, "i" if node.get("signed") == "true" else "u")
            size = 1 if kind == "S" else int(node.get("width")) // 8
            yield name.removeprefix(group), f"{kind}{size}", node.get("shape"), node[0].attrib


@pytest.mark.parametrize("kind", ["expert", "left", "right"])
def test_every_variable_stands_as_the_product_definition_says(sample_data, tmp_path, kind):
    folder = sample_data / "altimetry/swot/product_definitions"
    if kind == "expert":
        source, group = folder / "l2b-expert.xml", "/"
        write_swot_expert(tmp_path / "g.nc", expert_swath(), GRANULE)
    else:
        source, group = folder / "l2a-highres.xml", f"/{kind}/"
        write_swot_unsmoothed(tmp_path / "g.nc", unsmoothed_swath(), GRANULE)
    with netCDF4.Dataset(tmp_path / "g.nc") as file:
        found = file if kind == "expert" else file[kind]
        defined = list(_definition(source, group))
        assert list(found.variables) == [name for name, *_ in defined]
        for name, dtype, shape, told in defined:
            variable = found[name]
            assert variable.dtype == np.dtype(dtype), name
            dimensions = "_".join(variable.dimensions) + "_shape"
            assert shape.endswith(dimensions), name
            _agree(name, variable, told, dtype)


def _agree(name, variable, told, dtype):
    fill = variable.getncattr("_FillValue")
    if dtype == "S1":
        assert fill == b"*", name
    else:
        assert fill == np.array(float(told["_FillValue"])).astype(dtype), name
    for attribute in ("scale_factor", "add_offset", "valid_min", "valid_max"):
        assert (attribute in told) == (attribute in variable.ncattrs()), (name, attribute)
        if attribute in told:
            ours = float(variable.getncattr(attribute))
            assert ours == pytest.approx(float(told[attribute]), rel=1e-6), (name, attribute)
    for attribute in ("units", "flag_meanings"):
        assert told.get(attribute) == getattr(variable, attribute, None), (name, attribute)


def test_the_tables_name_each_variable_once():
    for table, count in ((EXPERT, 88), (UNSMOOTHED, 17)):
        assert len(variables(table)) == count == len(table.strip().splitlines())


def test_a_height_beyond_the_packing_is_refused_and_leaves_nothing(tmp_path):
    swath = expert_swath()
    swath["solid_earth_tide"][0, 0] = 4.0  # two bytes of 0.1 mm end at 3.2766 m
    with pytest.raises(ValueError, match=r"solid_earth_tide: .* do not fit"):
        write_swot_expert(tmp_path / "g.nc", swath, GRANULE)
    assert not list(tmp_path.iterdir())


def test_swaths_of_other_widths_or_without_times_are_refused(tmp_path):
    with pytest.raises(ValueError, match="lines of 69 pixels"):
        write_swot_expert(tmp_path / "g.nc", unsmoothed_swath(), GRANULE)
    with pytest.raises(ValueError, match="lines of 480 pixels"):
        write_swot_unsmoothed(tmp_path / "g.nc", expert_swath(), GRANULE)
    swath = expert_swath()
    times = swath["time"].values.copy()
    times[2] = np.datetime64("NaT")
    with pytest.raises(ValueError, match="a line without a time"):
        write_swot_expert(tmp_path / "g.nc", swath.assign_coords(time=("line", times)), GRANULE)
