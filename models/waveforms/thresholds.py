"""Published classifiers of echoes by thresholds, as they are, for comparison.

Each is defined for the instruments, modes and features it was published for, and says 0, unknown,
everywhere else, and between its classes.  Sea-ice concentration is asked for where it is among
the features, as ``sea_ice_concentration`` [%], and taken as fulfilled where it is not known: a
collocation with a scene of sea ice is over ice.  The echoes must be those of the product,
features those of ``features.features``.

References
----------
Hendricks, S., and Paul, S. (2023), Product user guide and algorithm specification: AWI CryoSat-2
sea ice thickness, version 2.6; the same thresholds in versions 3 and 4 of the ESA CCI.
Laforge, A., et al. (2021), doi:10.1016/j.asr.2020.02.001.
Laxon, S. W., et al. (2013), CryoSat-2 estimates of Arctic sea ice thickness and volume,
Geophysical Research Letters, 40, 732-737, doi:10.1002/grl.50193.
Paul, S., et al. (2018), doi:10.5194/tc-12-2437-2018.
Ricker, R., et al. (2014), doi:10.5194/tc-8-1607-2014.
Tilling, R. L., et al. (2018), doi:10.1016/j.asr.2017.10.051.
"""

from collections.abc import Callable, Mapping
from typing import TypeAlias

import numpy as np

from ...products.surface import Surface

#: Features by name, mission, mode, and month (n,) 1-12 -> classes (n,) int8 of ``Surface``.
Classifier: TypeAlias = Callable[[Mapping[str, np.ndarray], str, str, np.ndarray], np.ndarray]

#: Detectors of one feature: name, and the feature that is the greater the more it is a lead.
SCORES: dict[str, str] = {
    "peakiness": "pulse_peakiness_bins",
    "maximum power": "maximum_power_db",
    "sigma0": "sigma0_db",
}

PACK_ICE = 70.0  # %, least concentration of sea ice (Ricker 2014; Paul 2018)
ANY_ICE = 15.0  # % (AWI)
OPEN_OCEAN = 5.0  # %, less than (Ricker 2014)

#: Paul et al. (2018), January to December; May to September repeat April, as CCI runs it.
#: The table has widths of leading edges in bins; the processor takes them as range [m].
PAUL_SAR = {
    "lead_peakiness": (67.3, 66.3, 66.6, *[69.9] * 6, 76.0, 73.8, 68.6),
    "lead_sigma0": (23.8, 23.2, 23.3, *[23.4] * 6, 28.0, 25.8, 24.1),
    "lead_width": (0.77, 0.78, 0.78, *[0.76] * 6, 0.72, 0.73, 0.76),
    "ice_peakiness": (30.5, 28.7, 28.1, *[28.5] * 6, 35.4, 34.9, 31.9),
    "ice_sigma0": (20.8, 19.9, 19.6, *[19.0] * 6, 25.7, 23.2, 21.1),
    "ice_width": (1.02, 1.08, 1.10, *[1.11] * 6, 0.91, 0.90, 0.97),
}
PAUL_SARIN = {
    "lead_peakiness": (264.3, 257.9, 253.6, *[264.6] * 6, 291.8, 288.8, 272.6),
    "lead_sigma0": (24.9, 25.0, 24.1, *[24.5] * 6, 29.0, 27.4, 25.8),
    "lead_width": (1.10, 1.11, 1.13, *[1.09] * 6, 1.02, 1.03, 1.07),
}
LEAST_ICE_SIGMA0 = 2.5  # dB (Paul 2018)

#: Least peakiness, least sigma0 [dB], greatest width of the leading edge [m] of a lead (AWI).
AWI = {"SAR": (66.0, 23.0, 0.75), "SARIN": (260.0, 24.0, 1.05)}
#: Stack standard deviation below which CPOM sees leads, above which floes: Tilling et al.
#: (2018); 4 in Laxon et al. (2013), 4.62 in SARIn.
CPOM_STACK = {"SAR": 6.29, "SARIN": 4.62}
CPOM_LEAD, CPOM_FLOE = 18.0, 9.0  # peakiness above noise
#: Share of the peak in an echo of 60 m that is not oversampled: floes below, leads above.
LEGOS_FLOE, LEGOS_LEAD = 0.10, 0.30
LEGOS_GATES = 128


def ricker2014(
    columns: Mapping[str, np.ndarray], mission: str, mode: str, month: np.ndarray
) -> np.ndarray:
    """Return classes of CryoSat-2 SAR by peakiness, its sides, and the stack (Ricker 2014)."""
    if (mission, mode) != ("c2", "SAR"):
        return _classes(month)
    peakiness = columns["pulse_peakiness_bins"]
    left, right = columns["left_peakiness"], columns["right_peakiness"]
    kurtosis, deviation = columns["stack_kurtosis"], columns["stack_standard_deviation"]
    ice = _at_least(columns, PACK_ICE)
    lead = (peakiness >= 40) & (left >= 40) & (right >= 30) & (kurtosis >= 40) & (deviation < 4)
    floe = (peakiness <= 30) & (left <= 20) & (right <= 15) & (kurtosis < 8)
    ocean = (peakiness <= 10) & (deviation >= 18.5) & (columns["ocog_width_bins"] >= 38)
    open_water = _concentration(columns, month.size) < OPEN_OCEAN
    return _classes(month, lead & ice, floe & ice, ocean & open_water)


def paul2018(
    columns: Mapping[str, np.ndarray], mission: str, mode: str, month: np.ndarray
) -> np.ndarray:
    """Return classes of CryoSat-2 by peakiness, sigma0 and leading edge, by month (Paul 2018).

    In SARIn leads only: the thresholds of ice are not at hand.
    """
    tables = {("c2", "SAR"): PAUL_SAR, ("c2", "SARIN"): PAUL_SARIN}
    if (mission, mode) not in tables:
        return _classes(month)
    at = {name: np.array(row)[month - 1] for name, row in tables[mission, mode].items()}
    peakiness, sigma0 = columns["pulse_peakiness_bins"], columns["sigma0_db"]
    width = columns["leading_edge_width_m"]
    ice = _at_least(columns, PACK_ICE)
    lead = (peakiness >= at["lead_peakiness"]) & (sigma0 >= at["lead_sigma0"])
    lead &= width <= at["lead_width"]
    if mode == "SARIN":
        return _classes(month, lead & ice)
    floe = (peakiness <= at["ice_peakiness"]) & (width >= at["ice_width"])
    floe &= (sigma0 >= LEAST_ICE_SIGMA0) & (sigma0 <= at["ice_sigma0"])
    return _classes(month, lead & ice, floe & ice)


def awi(
    columns: Mapping[str, np.ndarray], mission: str, mode: str, month: np.ndarray
) -> np.ndarray:
    """Return classes of CryoSat-2 and Sentinel-3 by the triple of AWI and CCI.

    Ice is what is no lead; the processor's test of the leading edge's quality is left out.
    """
    if mission not in ("c2", "s3a", "s3b") or mode not in AWI:
        return _classes(month)
    least_peakiness, least_sigma0, greatest_width = AWI[mode]
    ice = _at_least(columns, ANY_ICE)
    lead = columns["pulse_peakiness_bins"] >= least_peakiness
    lead &= columns["sigma0_db"] >= least_sigma0
    lead &= columns["leading_edge_width_m"] <= greatest_width
    known = np.isfinite(columns["pulse_peakiness_bins"] + columns["leading_edge_width_m"])
    return _classes(month, lead & ice, ~lead & ice & known)


def cpom(
    columns: Mapping[str, np.ndarray], mission: str, mode: str, month: np.ndarray
) -> np.ndarray:
    """Return classes of CryoSat-2 by peakiness and the stack (Laxon 2013, Tilling 2018)."""
    if mission != "c2" or mode not in CPOM_STACK:
        return _classes(month)
    peakiness = columns["pulse_peakiness_above_noise"]
    deviation = columns["stack_standard_deviation"]
    lead = (peakiness > CPOM_LEAD) & (deviation < CPOM_STACK[mode])
    floe = (peakiness < CPOM_FLOE) & (deviation > CPOM_STACK[mode])
    return _classes(month, lead, floe & _at_least(columns, 75.0))


def legos(
    columns: Mapping[str, np.ndarray], mission: str, mode: str, month: np.ndarray
) -> np.ndarray:
    """Return classes of SAR echoes by the share of their peak (Laforge 2021).

    The share is that of 128 gates: that of an echo oversampled twice is half of it.
    """
    if mission not in ("c2", "s3a", "s3b") or mode != "SAR":
        return _classes(month)
    share = columns["pulse_peakiness_bins"] / LEGOS_GATES
    return _classes(month, share > LEGOS_LEAD, share < LEGOS_FLOE)


#: Every published classifier by its name.
PUBLISHED: dict[str, Classifier] = {
    "ricker2014": ricker2014,
    "paul2018": paul2018,
    "awi": awi,
    "cpom": cpom,
    "legos": legos,
}


def _concentration(columns: Mapping[str, np.ndarray], rows: int) -> np.ndarray:
    """Return the concentration of sea ice [%], nan where it is not known."""
    return np.asarray(columns.get("sea_ice_concentration", np.full(rows, np.nan)), np.float64)


def _at_least(columns: Mapping[str, np.ndarray], least: float) -> np.ndarray:
    """Tell where there is so much ice [%], or it is not known how much."""
    rows = len(columns["pulse_peakiness_bins"])
    return ~(_concentration(columns, rows) < least)


def _classes(
    month: np.ndarray,
    lead: np.ndarray | None = None,
    ice: np.ndarray | None = None,
    ocean: np.ndarray | None = None,
) -> np.ndarray:
    """Return classes, int8, that are unknown where nothing else is said."""
    surface = np.full(np.shape(month), Surface.UNKNOWN, dtype=np.int8)
    for where, value in (
        (ocean, Surface.OCEAN),
        (ice, Surface.SEA_ICE),
        (lead, Surface.LEAD),
    ):
        if where is not None:
            surface[where] = value
    return surface
