"""From counts in a window to backscatter at a height: gain and tracker undone.

A track is a dataset of ``products.canonical``, or of collocations (``collocate.table``), whose
records each carry what a track has as attributes.

References
----------
Dinardo, S., et al. (2018), Coastal SAR and PLRM altimetry in German Bight and West Baltic Sea,
Advances in Space Research, 62, 1371-1404, doi:10.1016/j.asr.2017.12.018.
"""

from itertools import pairwise

import numpy as np
import xarray as xr

from ...geo.polar import forward, ground_distance, plane_of_latitude

#: Peak power of a CryoSat-2 echo of sigma0 1 [W], by mode.  SAR: of the closed form (Dinardo et
#: al. 2018) for diffuse ice below 717.2 km; real marine echoes of 2014 then have 8 dB, as the
#: product's own ocean (8.1) and floes (8.7) of 2015.  SARIn is taken as alike (assumed).  LRM: the
#: OCOG amplitude over the product's sigma0, median of 2315 records of 2020.
WATTS_OF_UNIT_SIGMA0 = {"SAR": 1.06e-15, "SARIN": 1.06e-15, "LRM": 3.06e-14}

#: Gates whose mean is noise, by mode: the first of LRM echoes are folded from the window's other
#: end, by a tenth of the maximum in CryoSat-2 (gates as sea-ice processors take them).
NOISE_GATES = {"LRM": (10, 20), "SAR": (0, 11), "SARIN": (0, 11)}


def column(track: xr.Dataset, name: str) -> np.ndarray:
    """Return a column or an attribute of a track as (n,) float64; nan where it has neither."""
    if name in track.variables:
        return np.asarray(track[name].values, dtype=np.float64)
    return np.full(track.sizes["time"], float(track.attrs.get(name, np.nan)))


def words(track: xr.Dataset, name: str) -> np.ndarray:
    """Return the mission or the mode of each record, (n,) str."""
    if name in track.variables:
        return np.asarray(track[name].values).astype(str)
    return np.full(track.sizes["time"], str(track.attrs[name]))


def echoes(track: xr.Dataset) -> np.ndarray:
    """Return the echoes as the product scales them, (n, gates) float32.

    Raises
    ------
    ValueError
        If the track has none.
    """
    missing = [n for n in ("waveform", "window_range", "altitude") if n not in track.variables]
    if missing:
        raise ValueError(
            f"{track.attrs.get('source', 'the track')}: holds no {' and no '.join(missing)}; "
            "take level 1b of CryoSat-2, SGDR of AltiKa, enhanced measurements of Sentinel-3"
        )
    return np.ascontiguousarray(track["waveform"].values, dtype=np.float32)


def to_backscatter(track: xr.Dataset) -> np.ndarray:
    """Return by what the echoes are multiplied to be backscatter, (n,) float64.

    AltiKa and Sentinel-3 say it, ``scale_factor_db``: sigma0 of an amplitude of one count, gain
    and range undone.  CryoSat-2 gives watts, its gain undone: here they are divided by one number
    a mode, ``WATTS_OF_UNIT_SIGMA0``.
    nan where neither is known.
    """
    scale = 10.0 ** (0.1 * column(track, "scale_factor_db"))
    mission, mode = words(track, "mission"), words(track, "mode")
    for name, watts in WATTS_OF_UNIT_SIGMA0.items():
        scale[(mission == "c2") & (mode == name)] = 1.0 / watts
    return scale


def noise_gates(track: xr.Dataset) -> tuple[int, int]:
    """Return the first and after the last gate of the noise, by the mode of the first record."""
    return NOISE_GATES[words(track, "mode")[0]]


def window_height(track: xr.Dataset) -> np.ndarray:
    """Return the height of gate 0 above the ellipsoid, (n,) float64 [m].

    Altitude less the range of the gate less the product's corrections; a correction that is
    missing for a record is taken from those around it, and is 0 where the track has none.
    """
    before = column(track, "reference_gate") * column(track, "gate_spacing_m")
    first_range = column(track, "window_range") - before
    correction = column(track, "range_correction")
    known = np.flatnonzero(np.isfinite(correction))
    if known.size == 0:
        correction = np.zeros(correction.size)
    elif known.size < correction.size:
        correction = np.interp(np.arange(correction.size), known, correction[known])
    return column(track, "altitude") - first_range - correction


def gate_spacing(track: xr.Dataset) -> float:
    """Return the range between gates [m].

    Raises
    ------
    ValueError
        If it differs among the records.
    """
    spacing = column(track, "gate_spacing_m")
    known = spacing[np.isfinite(spacing)]
    if known.size == 0 or np.ptp(known) > 1e-6:
        raise ValueError(
            f"{track.attrs.get('source', 'the track')}: gates must have one spacing; "
            "take the records of one mission and mode at a time"
        )
    return float(known[0])


def along_track(track: xr.Dataset) -> np.ndarray:
    """Return how far along the ground each record is from the first, (n,) float64 [m].

    A record without a position is where the last one was.
    """
    longitude, latitude = column(track, "longitude"), column(track, "latitude")
    if longitude.size < 2:
        return np.zeros(longitude.size)
    plane = plane_of_latitude(latitude)
    x, y = forward(plane, longitude, latitude)
    steps = ground_distance(plane, x[:-1], y[:-1], x[1:], y[1:])
    return np.concatenate([[0.0], np.nancumsum(steps)])


def stretches(track: xr.Dataset, longest_gap: np.timedelta64) -> list[slice]:
    """Return the parts of a track within which time goes on without a longer gap.

    So the meetings of a dataset of collocations are told apart.
    """
    step = np.diff(track["time"].values)
    cuts = np.flatnonzero((step < np.timedelta64(0, "ns")) | (step > longest_gap)) + 1
    ends = [0, *cuts.tolist(), track.sizes["time"]]
    return [slice(a, b) for a, b in pairwise(ends)]
