"""What products say of air and sea, as columns of a track."""

import numpy as np

from ..sea import Sea


def correction_columns(sea: Sea, ionosphere_share: float = 1.0) -> dict[str, np.ndarray]:
    """Return the corrections and the mean sea surface by name of the track's columns [m].

    ``ocean_tide`` is the total, with load tide and equilibrium tide in it; ``ionosphere_share`` is
    that of ``sea.path_delay``.  Nothing tells of the sea-level anomaly.
    """
    return {
        "dry_troposphere_correction": sea.dry_troposphere,
        "wet_troposphere_correction": sea.wet_troposphere,
        "ionosphere_correction": ionosphere_share * sea.ionosphere_ku,
        "inverse_barometer_correction": sea.inverse_barometer,
        "dynamic_atmosphere_correction": sea.inverse_barometer + sea.hf_fluctuations,
        "ocean_tide": sea.ocean_tide,
        "ocean_tide_equilibrium": sea.ocean_tide_equilibrium,
        "load_tide": sea.load_tide,
        "solid_earth_tide": sea.solid_earth_tide,
        "pole_tide": sea.pole_tide,
        "mean_sea_surface": sea.mean_sea_surface,
    }
