"""A pass of SWOT over the world, written as an Expert and an Unsmoothed granule.

The 2 km product is the mean of the 250 m cells, errors and all.  As in the true processing
heights are averaged above a surface known everywhere, so that half-filled pixels do not lean.
"""

from pathlib import Path

import numpy as np
import xarray as xr
from scipy.ndimage import uniform_filter

from ...geo.polar import NORTH, forward
from ...products.canonical_swath import make_swath
from ...products.swot_writer import (
    Granule,
    swot_name,
    write_swot_expert,
    write_swot_unsmoothed,
)
from ..sea import Sea, SeaAt, sea_height
from ..surface import SurfaceAt
from .geometry import CELL, CELLS, CELLS_ACROSS, PIXELS_ACROSS, Swath, lay_swath
from .karin import KarinErrors, random_noise_std, systematic_errors
from .observation import Observation, observe

FEWEST_CELLS = 16  # that make a pixel of 2 km, of 64 (assumed)
ICE_EDGE = 15.0  # percent, concentration from which products speak of ice (OSI SAF)
CONCENTRATION_PIXELS = 13  # of 2 km: concentrations are known to 25 km (assumed)
FLOATING_ICE, ICE = 5, 2  # values of surface_flag and ice_flag
#: Place of each cell of a line among those that tile the 2 km pixels of a line.
_COLUMNS = np.rint((CELLS_ACROSS - PIXELS_ACROSS[0]) / CELL + 0.5 * CELLS - 0.5).astype(int)
KA_IONOSPHERE = (13.575 / 35.75) ** 2  # 1, delay in Ka band over that in Ku band


def write_swot_pass(
    folder: Path,
    surface_at: SurfaceAt,
    sea_at: SeaAt,
    epoch: np.datetime64,
    longitude: float,
    latitude: float,
    time: np.datetime64,
    length: float,
    seed: int,
    cycle: int,
    pass_number: int,
    ascending: bool = True,
    errors: KarinErrors | None = None,
) -> tuple[Path, Path]:
    """Write what SWOT sees of the world on a pass.

    Parameters
    ----------
    folder : Path
        Must exist.
    surface_at, sea_at : SurfaceAt, SeaAt
    epoch : datetime64
        UTC, zero of their time.
    longitude, latitude : float
        Of the place at nadir in the middle of the pass [degree].
    time : datetime64
        UTC, when it is passed.
    length : float
        Of the pass on the ground [m]; taken as a whole number of 2 km lines.
    seed : int
        Of everything random: the same seed gives the same bytes.
    cycle, pass_number : int
    ascending : bool
        Whether the satellite flies northwards.
    errors : KarinErrors, optional
        Those of its defaults where not given.

    Returns
    -------
    expert, unsmoothed : Path

    Raises
    ------
    ValueError
        If the place lies farther north than SWOT comes.
    """
    errors = KarinErrors() if errors is None else errors
    cells, pixels = lay_swath(longitude, latitude, time, length, ascending)
    seen = observe(cells, surface_at, sea_at, epoch, seed, errors)
    expert = _pixels(pixels, seen, _sea_of(pixels, sea_at, epoch), errors)
    correction = systematic_errors(pixels.along, pixels.across, seed, errors).crossover
    expert["crossover_correction"] = correction
    ice = expert["sea_ice_concentration"] >= ICE_EDGE
    unsmoothed = _cells(seen, errors) | _common_flags(_on_cells(ice))
    granule = Granule(cycle, pass_number)
    paths = [
        folder / swot_name(kind, granule, cells.time[0], cells.time[-1])
        for kind in ("Expert", "Unsmoothed")
    ]
    write_swot_expert(paths[0], _swath("Expert", pixels, expert, granule), granule)
    write_swot_unsmoothed(paths[1], _swath("Unsmoothed", cells, unsmoothed, granule), granule)
    return paths[0], paths[1]


def _sea_of(swath: Swath, sea_at: SeaAt, epoch: np.datetime64) -> Sea:
    x, y = forward(NORTH, swath.longitude, swath.latitude)
    seconds = (swath.time - epoch) / np.timedelta64(1, "s")
    return sea_at(x, y, np.broadcast_to(seconds[:, None], x.shape))


def _swath(kind: str, swath: Swath, columns: dict[str, np.ndarray], granule: Granule) -> xr.Dataset:
    shape = swath.longitude.shape
    columns = {
        **columns,
        "longitude": swath.longitude,
        "latitude": swath.latitude,
        "cross_track_distance": np.broadcast_to(swath.across, shape),
    }
    attributes = {
        "mission": "swot",
        "product": f"L2_LR_SSH {kind}",
        "cell_size_m": abs(swath.across[1] - swath.across[0]),
        "cycle_number": granule.cycle,
        "pass_number": granule.number,
        "track_id": f"swot_{granule.cycle:03d}_{granule.number:03d}",
        "source": "simulated",
    }
    return make_swath(swath.time, columns, attributes)


def _pixels(
    pixels: Swath, seen: Observation, sea: Sea, errors: KarinErrors
) -> dict[str, np.ndarray]:
    """Return the columns of the 2 km product, but for its crossover correction."""
    columns = _averages(seen, sea, errors)
    ice = columns["sea_ice_concentration"] >= ICE_EDGE
    flags = {
        "ice_flag": np.where(ice, ICE, 0),
        "rain_flag": np.zeros(ice.shape, dtype=np.int64),
        "correction_quality_flag": ice.astype(np.int64),
    }
    return columns | _corrections(sea) | _lines(pixels) | _common_flags(ice) | flags


def _averages(seen: Observation, sea: Sea, errors: KarinErrors) -> dict[str, np.ndarray]:
    """Return the columns of the 2 km product that are means over the cells."""
    count, anomaly = _mean(seen.height - seen.known_sea)
    anomaly[count < FEWEST_CELLS] = np.nan
    there = np.isfinite(anomaly)
    sigma0, deviation, disturbed, ice = (
        np.where(there, _mean(values)[1], np.nan)
        for values in (seen.sigma0, seen.sigma0_deviation, 1.0 * seen.disturbed, seen.ice)
    )
    cells = np.where(there, count, np.nan)
    noise = random_noise_std(PIXELS_ACROSS, CELL**2, errors.noise_share)
    return {
        "sea_surface_height": anomaly + sea_height(sea) - sea.sea_level_anomaly,
        "product_sea_level_anomaly": anomaly,
        "sea_surface_height_uncertainty": noise / np.sqrt(cells),
        "sigma0": sigma0,
        "sigma0_uncertainty": deviation / np.sqrt(cells),
        "number_of_cells": count.astype(np.float64),
        "sea_ice_concentration": 100.0 * _smooth(ice),
        "sigma0_quality_flag": np.where(there, disturbed > 0.0, -1).astype(np.int64),
    }


def _mean(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return how many cells of each 2 km pixel are there, and their mean, nan where none is."""
    pixels = PIXELS_ACROSS.size
    on_grid = np.full((values.shape[0], pixels * CELLS), np.nan)
    on_grid[:, _COLUMNS] = values
    blocks = on_grid.reshape(-1, CELLS, pixels, CELLS)
    count = np.isfinite(blocks).sum(axis=(1, 3))
    with np.errstate(invalid="ignore"):
        return count, np.nansum(blocks, axis=(1, 3)) / count


def _smooth(share: np.ndarray) -> np.ndarray:
    """Return running means of what is there, 0..1; 0 where nothing is near."""
    total, weight = (
        uniform_filter(values, CONCENTRATION_PIXELS, mode="constant")
        for values in (np.nan_to_num(share), np.isfinite(share).astype(np.float64))
    )
    return np.clip(total / np.maximum(weight, 1e-9), 0.0, 1.0)


def _corrections(sea: Sea) -> dict[str, np.ndarray]:
    none = np.zeros(sea.mean_sea_surface.shape)
    return {
        "dry_troposphere_correction": sea.dry_troposphere,
        "wet_troposphere_correction": sea.wet_troposphere,
        "ionosphere_correction": KA_IONOSPHERE * sea.ionosphere_ku,
        "mean_sea_surface": sea.mean_sea_surface,
        "mean_sea_surface_dtu": sea.mean_sea_surface,
        "inverse_barometer_correction": sea.inverse_barometer,
        "dynamic_atmosphere_correction": sea.inverse_barometer + sea.hf_fluctuations,
        "ocean_tide": sea.ocean_tide,
        "ocean_tide_equilibrium": sea.ocean_tide_equilibrium,
        "ocean_tide_non_equilibrium": none,
        "load_tide": sea.load_tide,
        "internal_tide": none,
        "solid_earth_tide": sea.solid_earth_tide,
        "pole_tide": sea.pole_tide,
    }


def _lines(pixels: Swath) -> dict[str, np.ndarray]:
    return {
        "nadir_longitude": pixels.nadir_longitude,
        "nadir_latitude": pixels.nadir_latitude,
        "altitude": pixels.altitude,
        "altitude_rate": pixels.altitude_rate,
        "heading": pixels.heading,
    }


def _common_flags(ice: np.ndarray) -> dict[str, np.ndarray]:
    """Return the flags that both products have: where there is ice no height is called good."""
    return {
        "product_quality_flag": ice.astype(np.int64),
        "surface_flag": np.where(ice, FLOATING_ICE, 0),
    }


def _cells(seen: Observation, errors: KarinErrors) -> dict[str, np.ndarray]:
    noise = random_noise_std(CELLS_ACROSS, CELL**2, errors.noise_share)
    return {
        "sea_surface_height": seen.height,
        "sea_surface_height_uncertainty": np.where(np.isfinite(seen.height), noise, np.nan),
        "sigma0": seen.sigma0,
        "sigma0_uncertainty": seen.sigma0_deviation,
        "coherence": seen.coherence,
        "mean_sea_surface": seen.mean_sea_surface,
    }


def _on_cells(pixels: np.ndarray) -> np.ndarray:
    """Return, for each cell, the value of the 2 km pixel that it lies in."""
    return np.repeat(np.repeat(pixels, CELLS, axis=0), CELLS, axis=1)[:, _COLUMNS]
