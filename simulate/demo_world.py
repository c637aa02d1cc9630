"""A scene, a pass and a drift product over the same drifting ice, written as agency files.

All positions are those of the ice on the plane when the SAR sees the scene's centre; a pass an
hour earlier meets the same ice elsewhere.  What is true is kept here and handed to nobody but the
comparison at the end.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.ndimage import gaussian_filter

from ..geo.polar import NORTH, forward, inverse, scale_factor
from ..geo.swath import fit_geolocation, image_to_plane
from ..products.altika import GATE_SPACING_M, REFERENCE_GATE
from ..products.altika_writer import altika_name, write_altika
from ..products.canonical import make_track
from ..products.drift_writer import osi405_cells, osi405_name, write_osi405
from ..products.sentinel1.digital_numbers import EW_LOOKS, digital_numbers
from ..products.sentinel1.ew_scene import plan_scene, scene_radiometry
from ..products.sentinel1.flight import View
from ..products.sentinel1.geometry import ground_position
from ..products.sentinel1.instrument import incidence_angle
from ..products.sentinel1.writer import write_sentinel1
from .echoes import ALTITUDE, ICE_PLATEAU, ICE_SIGMA0, echoes, gain_control
from .leads import Leads, distance_to_each, draw_leads, facets

VIEW = View(
    longitude=-140.0,
    latitude=75.5,
    time=np.datetime64("2016-03-15T16:40:00", "ns"),
    lines=1200,
    samples=1200,
)
LAG = np.timedelta64(55, "m").astype("timedelta64[ns]")  # the altimeter comes this much earlier
DRIFT = (0.14, -0.09)  # m/s, at the scene's centre; 14 km a day
SHEAR = 4e-7  # 1/s, change of the speed along x with y: 3.5 % a day
PRODUCT_SIGMA = 2_500.0  # m over 48 h, per component, of the drift product
LEADS = 14
TRACK_AZIMUTH = 1.1  # rad on the plane
RECORD_STEP = 168.0  # m on the ground, AltiKa at 40 Hz
RECORD_INTERVAL = np.timedelta64(25_000_000, "ns")
MEAN_SEA_SURFACE = -4.0  # m
#: Backscatter [dB] at 30 degrees, HH and HV: ice, dark water, bright water (assumed levels).
ICE, DARK, BRIGHT = (-14.0, -24.0), (-24.0, -33.0), (-8.0, -26.0)
FLOE_CONTRAST = 1.5  # dB, standard deviation between floes
SLOPES = (-0.24, -0.16)  # dB per degree, HH and HV (Maekynen and Karvonen 2017)


class DemoWorld(NamedTuple):
    """The files, and what is true."""

    scene: Path
    track: Path
    drift: Path
    distance_to_lead: np.ndarray  #: (records,) true ground distance of each record's ice [m]
    displacement: np.ndarray  #: (records, 2) from altimeter time to that of the scene's centre [m]


def make_demo_world(folder: Path, seed: int) -> DemoWorld:
    """Write the files of a small world into a folder; the same seed gives the same world."""
    rng = np.random.default_rng(seed)
    x, y = forward(NORTH, np.asarray(VIEW.longitude), np.asarray(VIEW.latitude))
    centre = (float(x), float(y))
    leads = draw_leads(LEADS, centre, 20_000.0, rng)
    scene = _write_scene(folder, leads, rng)
    drift = _write_drift(folder, centre, rng)
    x, y, displacement = _ice_under_the_track(centre)
    track = _write_track(folder, x, y, displacement, leads, rng)
    distance = distance_to_each(leads, x, y).min(axis=0)
    distance /= scale_factor(NORTH, np.asarray(VIEW.latitude))
    return DemoWorld(scene, track, drift, distance, displacement)


def scores(records: pd.DataFrame, world: DemoWorld) -> dict[str, float]:
    """Return how collocations of the world compare with what is true."""
    truth = world.distance_to_lead[records["record"]]
    displacement = world.displacement[records["record"]]
    found = records[["drift_dx_m", "drift_dy_m"]].to_numpy()
    free = ~records["distance_censored"].to_numpy() & (truth < 5_000.0)
    error = np.abs(records["distance_to_lead_m"].to_numpy() - truth)[free]
    near = truth < 250.0
    probability = records["p_lead_250m"].to_numpy()
    known = np.isfinite(probability)
    return {
        "records": len(records),
        "position error, median [m]": np.median(np.hypot(*(found - displacement).T)),
        "position sigma, median [m]": records["position_sigma_m"].median(),
        "distance error, median [m]": np.median(error),
        "distance error, 90 % [m]": np.quantile(error, 0.9),
        "Brier score of P(distance < 250 m)": np.mean((probability - near)[known] ** 2),
    }


def velocity(
    centre: tuple[float, float], x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the ice's velocity at places of the plane [m/s], constant in time."""
    return DRIFT[0] + SHEAR * (y - centre[1]), np.full(np.shape(x), DRIFT[1])


def _write_scene(folder: Path, leads: Leads, rng: np.random.Generator) -> Path:
    plan = plan_scene(VIEW)
    geometry = plan.geometry
    line, sample = (np.linspace(0.0, size - 1.0, 13) for size in (VIEW.lines, VIEW.samples))
    longitude, latitude = ground_position(geometry, *np.meshgrid(line, sample, indexing="ij"))
    place = fit_geolocation(line, sample, *forward(NORTH, longitude, latitude), NORTH)
    pixel = np.meshgrid(np.arange(VIEW.lines), np.arange(VIEW.samples), indexing="ij")
    x, y = (a.ravel() for a in image_to_plane(place, *pixel))
    in_lead = distance_to_each(leads, x, y) == 0
    water = in_lead.any(axis=0).reshape(VIEW.lines, VIEW.samples)
    bright = in_lead[leads.bright].any(axis=0).reshape(water.shape)
    floes = gaussian_filter(rng.standard_normal(water.shape), 25)
    floes *= FLOE_CONTRAST / floes.std()
    angle = incidence_angle(geometry, VIEW.lines / 2, np.arange(float(VIEW.samples)))
    images = {}
    for i, polarisation in enumerate(("HH", "HV")):
        level = np.where(bright, BRIGHT[i], np.where(water, DARK[i], ICE[i] + floes))
        sigma0 = 10 ** ((level + SLOPES[i] * (angle - 30.0)) / 10)
        radiometry = scene_radiometry(plan, polarisation)
        images[polarisation] = digital_numbers(sigma0, radiometry, EW_LOOKS, rng)
    return write_sentinel1(folder, plan, images)


def _write_drift(folder: Path, centre: tuple[float, float], rng: np.random.Generator) -> Path:
    noon = VIEW.time.astype("datetime64[D]") + np.timedelta64(12, "h")
    interval = (noon - np.timedelta64(24, "h"), noon + np.timedelta64(24, "h"))
    x, y = osi405_cells(NORTH)
    near = np.hypot(x - centre[0], y - centre[1]) < 800_000.0
    error = rng.normal(0.0, PRODUCT_SIGMA / 172_800.0, (2, *x.shape))
    with_error = [
        np.where(near, v + e, np.nan) for v, e in zip(velocity(centre, x, y), error, strict=True)
    ]
    path = folder / osi405_name(NORTH, *interval)
    write_osi405(path, NORTH, interval, (with_error[0], with_error[1]), PRODUCT_SIGMA)
    return path


def _ice_under_the_track(
    centre: tuple[float, float],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return where the ice under each record will be when the SAR comes, and how it got there."""
    step = RECORD_STEP * float(scale_factor(NORTH, np.asarray(VIEW.latitude)))
    along = (np.arange(320) - 160) * step
    x = centre[0] + along * np.cos(TRACK_AZIMUTH)
    y = centre[1] + along * np.sin(TRACK_AZIMUTH)
    seconds = LAG / np.timedelta64(1, "s")
    displacement = np.stack(velocity(centre, x, y), axis=-1) * seconds
    return x, y, displacement


def _write_track(
    folder: Path,
    x: np.ndarray,
    y: np.ndarray,
    displacement: np.ndarray,
    leads: Leads,
    rng: np.random.Generator,
) -> Path:
    longitude, latitude = inverse(NORTH, x - displacement[:, 0], y - displacement[:, 1])
    count = np.arange(x.size)
    time = VIEW.time - LAG + (count - x.size // 2) * RECORD_INTERVAL
    corrections = {
        "dry_troposphere_correction": -2.3,
        "wet_troposphere_correction": -0.03,
        "ionosphere_correction": -0.01,
        "inverse_barometer_correction": 0.05,
        "dynamic_atmosphere_correction": 0.05,
        "ocean_tide": 0.12,
        "solid_earth_tide": -0.06,
        "pole_tide": 0.0,
    }
    sea_level_range = (
        ALTITUDE
        - MEAN_SEA_SURFACE
        - sum(v for k, v in corrections.items() if k != "inverse_barometer_correction")
    )
    waveform, setting = gain_control(echoes(x, y, facets(leads, 25.0), rng))
    columns = {name: np.full(x.size, value) for name, value in corrections.items()}
    columns |= {
        "longitude": longitude,
        "latitude": latitude,
        "altitude": np.full(x.size, ALTITUDE),
        "mean_sea_surface": np.full(x.size, MEAN_SEA_SURFACE),
        "window_range": np.full(x.size, sea_level_range),
        "product_range": np.full(x.size, sea_level_range),
        "waveform": waveform,
        "agc_db": setting,
        "scale_factor_db": setting - 10 * np.log10(ICE_PLATEAU / ICE_SIGMA0),
    }
    track = make_track(
        time,
        columns,
        {
            "mission": "al",
            "mode": "LRM",
            "product": "SGDR",
            "baseline": "F",
            "track_id": "demo",
            "rate_hz": 40,
            "source": "simulated",
            "gate_spacing_m": GATE_SPACING_M,
            "reference_gate": REFERENCE_GATE,
        },
    )
    path = folder / altika_name(32, 455, time[0], time[-1])
    write_altika(path, track, 32, 455)
    return path
