"""The main job on real input: a Sentinel-3A pass over a scene with the annotation of a real one.

Leads are planted in the image; every distance is checked against trying all pixels of the planted
mask, placed on the Earth by the orbit and not by the scene's geolocation.
"""

import sys

import geopandas as gpd
import numpy as np
import pytest
from naive.pixels import pixel_positions

from iceco.cli.app import main
from iceco.geo.polar import NORTH, forward, geodesic_distance, inverse
from iceco.products.drift_writer import osi405_cells, write_osi405
from iceco.products.recognise import open_product
from iceco.products.sentinel1.digital_numbers import EW_LOOKS, digital_numbers
from iceco.products.sentinel1.relocation import read_radiometry, write_sentinel1_like

TEMPLATE = "sar/safe/S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15.SAFE"
PASS = (
    "altimetry/sentinel3/S3A_SR_2_WAT____20230502T150553_20230502T155016_20230528T090246_"
    "2663_098_210______MAR_O_NT_005.SEN3"
)
LINES, SAMPLES = 10708, 10487
SEEN = np.datetime64("2023-05-02T16:45:00", "ns")  # an hour after the pass
SHIFT = -40.0  # degree of longitude, from Severnaya Zemlya to the Barents Sea
VELOCITY = (0.15, -0.10)  # m/s on the plane
ICE, WATER = (-14.0, -23.0), (-25.0, -34.0)  # dB, HH and HV


def planted_leads(rng) -> np.ndarray:
    """Straight leads of 3 to 40 pixels across the whole image."""
    mask = np.zeros((LINES, SAMPLES), dtype=bool)
    line = np.arange(LINES)
    for _ in range(90):
        slope, start = rng.uniform(-1.5, 1.5), rng.uniform(-5000, 15_000)
        middle = start + slope * (line - LINES / 2)
        half = rng.uniform(1.5, 20.0)
        low, high = (np.clip(np.rint(middle + side * half), 0, SAMPLES) for side in (-1, 1))
        for i in np.flatnonzero(high > low):
            mask[i, int(low[i]) : int(high[i])] = True
    return mask


@pytest.fixture(scope="module")
def job(sample_data, tmp_path_factory):
    """The job on an image without speckle, in which the leads found can be those planted."""
    return collocate(sample_data, tmp_path_factory.mktemp("main-job"), None)


def collocate(sample_data, folder, looks):
    template = sample_data / TEMPLATE
    mask = planted_leads(np.random.default_rng(11))
    images = {}
    for i, polarisation in enumerate(("HH", "HV")):
        ice, water = (np.float32(10 ** (level[i] / 10)) for level in (ICE, WATER))
        radiometry = read_radiometry(template, polarisation)
        images[polarisation] = digital_numbers(
            np.where(mask, water, ice), radiometry, looks, np.random.default_rng(i)
        )
    scene = write_sentinel1_like(template, folder, images, SEEN, SHIFT)
    noon = np.datetime64("2023-05-02T12:00", "ns")
    day = np.timedelta64(24, "h")
    drift = folder / "drift.nc"
    cells = osi405_cells(NORTH)
    velocity = [np.full(cells[0].shape, v) for v in VELOCITY]
    write_osi405(drift, NORTH, (noon - day, noon + day), (velocity[0], velocity[1]), 3000.0)
    words = ["collocate", sample_data / PASS, "--scenes", scene, "--drift", drift]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["iceco", *map(str, words), "--out", str(folder / "out")])
        with pytest.raises(SystemExit) as stop:
            main()
    assert stop.value.code == 0
    return scene, gpd.read_parquet(folder / "out"), mask


@pytest.mark.slow
def test_the_pass_crosses_the_scene(job, sample_data):
    _, records, _ = job
    track = open_product(sample_data / PASS)
    assert len(records) > 1200
    assert set(records["mission"]) == {"s3a"}
    assert (track["latitude"].values[records["record"]] == records["latitude"]).all()
    assert records["lag_s"].between(-3600, -3300).all()


@pytest.mark.slow
def test_drift_is_the_product_s_velocity_times_the_lag(job):
    _, records, _ = job
    assert records["drift_dx_m"].to_numpy() == pytest.approx(-VELOCITY[0] * records["lag_s"], abs=1)
    assert records["drift_dy_m"].to_numpy() == pytest.approx(-VELOCITY[1] * records["lag_s"], abs=1)


@pytest.mark.slow
def test_every_distance_is_that_of_trying_all_planted_pixels(job):
    assert errors(*job).max() < 20.0


@pytest.mark.slow
def test_with_speckle_most_distances_are(sample_data, tmp_path):
    error = errors(*collocate(sample_data, tmp_path, EW_LOOKS))
    assert np.median(error) < 5.0
    assert np.mean(error < 20.0) > 0.85


def errors(scene, records, mask):
    """Return by how much the uncensored distances differ from those to the planted mask [m]."""
    x, y = forward(NORTH, records["longitude"].to_numpy(), records["latitude"].to_numpy())
    lag = -records["lag_s"].to_numpy()
    longitude, latitude = inverse(NORTH, x + VELOCITY[0] * lag, y + VELOCITY[1] * lag)
    found = records["distance_to_lead_m"].to_numpy()
    free = ~records["distance_censored"].to_numpy()
    assert free.sum() > 1000
    chosen = records[free]
    index, line, sample = rim_candidates(mask, chosen)
    rim = pixel_positions(scene, line, sample)
    away = geodesic_distance(longitude[free][index], latitude[free][index], *rim)
    wanted = np.full(len(chosen), np.inf)
    np.minimum.at(wanted, index, away)
    inside = mask[np.rint(chosen["line"]).astype(int), np.rint(chosen["sample"]).astype(int)]
    wanted[inside] = 0.0
    error = np.abs(found[free] - wanted)
    within = [f"{np.mean(error < limit):.1%} within {limit} m" for limit in (20, 60)]
    print(f"{error.size} distances; off by {np.median(error):.1f} m in the median, "
          f"{error.max():.1f} m at most; {', '.join(within)}")  # fmt: skip
    return error


def rim_candidates(mask, records):
    """Return, by record, corners and side middles of all pixels that may be the closest."""
    found = []
    for i, (line, sample) in enumerate(zip(records["line"], records["sample"], strict=True)):
        top, left = max(0, int(line) - 260), max(0, int(sample) - 260)
        rows, columns = np.nonzero(mask[top : int(line) + 261, left : int(sample) + 261])
        away = np.hypot(rows + top - line, columns + left - sample)
        # Pixels are square to 1.5 %: what may be closest is within that, and a pixel or two.
        near = away <= 1.015 * away.min() + 2
        for dl in (-0.5, 0.0, 0.5):
            for ds in (-0.5, 0.0, 0.5):
                rim = [np.full(near.sum(), i), rows[near] + top + dl, columns[near] + left + ds]
                found.append(np.stack(rim))
    index, line, sample = np.concatenate(found, axis=1)
    return index.astype(int), line, sample
