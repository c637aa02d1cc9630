"""Swaths as ``products.canonical_swath`` describes them, every column told."""

import numpy as np

from iceco.products.canonical_swath import SWATH, SWATH_FLAGS, SWATH_LINES, make_swath

START = np.datetime64("2024-03-15T16:40:00", "ns")
#: Metres that fit into the packing of each correction, else 0.01.
LEVELS = {
    "dry_troposphere_correction": -2.3,
    "wet_troposphere_correction": -0.04,
    "ionosphere_correction": -0.01,
    "mean_sea_surface": -4.0,
    "mean_sea_surface_dtu": -3.98,
    "sea_surface_height": -3.5,
    "ocean_tide": 0.11,
}
#: Of ``SWATH``, what an Unsmoothed granule holds beside places and times.
OF_250_M = (
    "sea_surface_height",
    "sea_surface_height_uncertainty",
    "sigma0",
    "sigma0_uncertainty",
    "coherence",
    "mean_sea_surface",
    "product_quality_flag",
    "surface_flag",
)
NOT_STORED = ("longitude", "latitude", "cross_track_distance", "sea_level_anomaly", "coherence")


def expert_swath(lines=5, east=179.9):
    """A swath over the date line with every column of an Expert granule."""
    across = np.arange(-34, 35) * 2000.0
    columns = _columns(lines, across, [n for n in SWATH if n not in NOT_STORED], east)
    columns |= {name: np.linspace(1.0, 2.0, lines) + 70.0 for name in SWATH_LINES}
    columns |= {"altitude": np.full(lines, 891e3), "altitude_rate": np.full(lines, -12.34)}
    return make_swath(_times(lines, 0.3), columns, _attributes("Expert", 2000.0))


def unsmoothed_swath(lines=6, east=179.9):
    """A swath of 2 x 240 pixels over the date line."""
    half = 5125.0 + 250.0 * np.arange(240)
    columns = _columns(lines, np.concatenate([-half[::-1], half]), OF_250_M, east)
    return make_swath(_times(lines, 0.04), columns, _attributes("Unsmoothed", 250.0))


def _columns(lines, across, names, east):
    """Eastward flight near 75 N: left is north, and a degree of latitude is 111.6 km."""
    shape = (lines, across.size)
    rng = np.random.default_rng(5)
    columns = {
        "longitude": np.broadcast_to(east + 0.05 * np.arange(lines)[:, None], shape),
        "latitude": np.broadcast_to(75.0 - across / 111_600.0, shape),
        "cross_track_distance": np.broadcast_to(across, shape),
    }
    for name in names:
        if name in SWATH_FLAGS:
            columns[name] = rng.integers(0, 2, shape)
        else:
            columns[name] = LEVELS.get(name, 0.01) * rng.uniform(0.8, 1.2, shape)
            columns[name][1, 3] = np.nan
    if "number_of_cells" in columns:
        columns["number_of_cells"] = np.full(shape, 64.0)
    return columns


def _times(lines, interval):
    return START + np.rint(np.arange(lines) * interval * 1e9).astype("timedelta64[ns]")


def _attributes(kind, cell):
    return {
        "mission": "swot",
        "product": f"L2_LR_SSH {kind}",
        "cell_size_m": cell,
        "cycle_number": 10,
        "pass_number": 21,
        "track_id": "swot_010_021",
        "source": "made up",
    }
