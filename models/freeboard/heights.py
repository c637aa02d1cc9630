"""From a gate, or a product's own range, to the height of the surface above the ellipsoid."""

import numpy as np
import xarray as xr


def retracked_range(track: xr.Dataset, gate: np.ndarray) -> np.ndarray:
    """Return the range from the centre of mass to the surface, uncorrected, (n,) float64 [m].

    ``window_range`` holds at ``reference_gate``; instrumental corrections are in it, those of
    ``range_correction`` are not.

    Parameters
    ----------
    track : dataset
        With echoes.
    gate : array (n,), float64
        Of the surface, counted from 0; nan gives nan.
    """
    beyond = (gate - track.attrs["reference_gate"]) * track.attrs["gate_spacing_m"]
    return np.asarray(track["window_range"].values + beyond, dtype=np.float64)


def surface_height(track: xr.Dataset, surface_range: np.ndarray) -> np.ndarray:
    """Return the height of the surface above the ellipsoid, (n,) float64 [m].

    Altitude - (range + corrections); the corrections are those that the product itself adds to
    its range over sea ice, record by record, with their signs.  nan where any of it is missing.

    Raises
    ------
    ValueError
        If the product has no corrections.
    """
    if "range_correction" not in track:
        raise ValueError(
            f"{track.attrs['source']}: has no corrections of the range; take the product's file "
            "that has them"
        )
    corrected = surface_range + track["range_correction"].values
    return np.asarray(track["altitude"].values - corrected, dtype=np.float64)
