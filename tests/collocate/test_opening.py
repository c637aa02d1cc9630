"""A dataset of collocations opened again."""

import geopandas as gpd
import numpy as np
import pyarrow.compute as pc
import pytest
from small_archive import dark_leads, write_archive

import iceco
from iceco.collocate import run
from iceco.collocate.table import column_names, write_table


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    folder = tmp_path_factory.mktemp("opened")
    write_archive(folder, scenes=3)
    run(folder / "tracks", folder / "scenes", folder / "out", leads=dark_leads(), workers=1)
    return folder / "out"


@pytest.fixture
def two_kinds(dataset, tmp_path):
    """Records with echoes of 128 gates, and some with 8."""
    import shutil

    out = tmp_path / "out"
    shutil.copytree(dataset, out)
    records = iceco.open_collocations(dataset).iloc[:5]
    columns = {name: records[name].to_numpy() for name in records if name != "geometry"}
    columns["mission"] = np.full(5, "c2", dtype=object)
    for name in ("time", "scene_time"):
        columns[name] = records[name].dt.tz_localize(None).to_numpy()
    part = out / "mission=c2" / "echo=sar_8" / "month=2024-03" / "other.parquet"
    part.parent.mkdir(parents=True)
    write_table(part, columns, np.ones((5, 8), np.float32), (250.0, 500.0, 1000.0), {})
    return out


def test_all_columns_come_as_they_were_written(dataset):
    records = iceco.open_collocations(dataset)
    assert isinstance(records, gpd.GeoDataFrame)
    assert records.crs.to_epsg() == 4326
    assert list(records.columns) == column_names((250.0, 500.0, 1000.0))
    same = gpd.read_parquet(dataset)[records.columns]
    assert len(records) == len(same) > 50
    assert (records.geometry.x == records["longitude"]).all()
    assert np.stack(records["waveform"]).shape == (len(records), 128)


def test_columns_and_filters_choose(dataset):
    records = iceco.open_collocations(dataset)
    near = iceco.open_collocations(
        dataset, columns=["distance_to_lead_m"], filters=[("p_lead_250m", ">", 0.5)]
    )
    assert list(near.columns) == ["distance_to_lead_m", "geometry"]
    assert 0 < len(near) == (records["p_lead_250m"] > 0.5).sum() < len(records)
    same = iceco.open_collocations(dataset, filters=pc.field("p_lead_250m") > 0.5)
    assert len(same) == len(near)


def test_folders_are_filtered_without_opening_their_files(two_kinds):
    for part in (two_kinds / "mission=al").rglob("month=2024-04/*.parquet"):
        part.write_bytes(b"not opened")
    march = iceco.open_collocations(two_kinds, filters=[("month", "==", "2024-03")])
    assert set(march["mission"]) == {"al", "c2"}
    assert (march["time"].dt.month == 3).all()
    assert len(iceco.open_collocations(two_kinds, filters=[("mission", "==", "c2")])) == 5


def test_echoes_of_all_lengths_stand_in_one_table(two_kinds):
    records = iceco.open_collocations(two_kinds)
    gates = records["waveform"].map(len)
    assert set(gates[records["mission"] == "c2"]) == {8}
    assert set(gates[records["mission"] == "al"]) == {128}


def test_a_dataset_holds_echoes_of_one_length(two_kinds):
    echoes = iceco.open_collocations(
        two_kinds, ["waveform"], [("mission", "==", "c2")], as_xarray=True
    )
    assert echoes["waveform"].dims == ("time", "gate")
    assert echoes["waveform"].shape == (5, 8)
    assert set(echoes.coords) == {"time", "longitude", "latitude"}
    with pytest.raises(ValueError, match="echoes of different length"):
        iceco.open_collocations(two_kinds, as_xarray=True)
    rest = iceco.open_collocations(two_kinds, ["p_lead_250m"], as_xarray=True)
    assert rest["p_lead_250m"].dims == ("time",)


def test_a_dataset_says_what_its_columns_mean(dataset):
    records = iceco.open_collocations(dataset, as_xarray=True)
    assert records["lag_s"].attrs["long_name"] == "altimeter time minus SAR pixel time [s]"
    table = iceco.open_collocations(dataset)
    assert np.array_equal(records["distance_to_lead_m"].values, table["distance_to_lead_m"])
    assert np.array_equal(records["waveform"].values, np.stack(table["waveform"]))
    assert np.array_equal(records["time"].values, table["time"].dt.tz_localize(None).to_numpy())


def test_no_record_is_an_answer(dataset):
    nothing = [("p_lead_250m", ">", 2.0)]
    assert len(iceco.open_collocations(dataset, filters=nothing)) == 0
    assert iceco.open_collocations(dataset, filters=nothing, as_xarray=True).sizes["time"] == 0


def test_what_is_not_there_is_told(dataset, tmp_path):
    with pytest.raises(ValueError, match="no dataset of collocations"):
        iceco.open_collocations(tmp_path)
    with pytest.raises(ValueError, match="holds no column depth"):
        iceco.open_collocations(dataset, columns=["depth"])
    with pytest.raises(ValueError, match="the filter cannot be used"):
        iceco.open_collocations(dataset, filters=[("depth", ">", 1)])
