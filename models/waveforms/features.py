"""What one echo shows: the features by which the literature tells leads from ice.

Pulse peakiness has at least four definitions that differ by constants and by what they count, so
the definition is in the name.  ``bins`` are gates as the product delivers them.  Oversampling
twice (256 gates of CryoSat-2 SAR and Sentinel-3 land products, against 128) leaves
``pulse_peakiness_bins`` as it is, since gates and sum double alike, halves the ``share`` and
doubles widths in bins; a window four times as long (1024 gates of SARIn) multiplies
``pulse_peakiness_bins`` by about four: thresholds hold for their own mode.

References
----------
Kurtz, N. T., Galin, N., and Studinger, M. (2014), An improved CryoSat-2 sea ice freeboard
retrieval algorithm, The Cryosphere, 8, 1217-1237, doi:10.5194/tc-8-1217-2014.
Laforge, A., et al. (2021), Toward improved sea ice freeboard observation with SAR altimetry,
Advances in Space Research, 68, 732-745, doi:10.1016/j.asr.2020.02.001.
Paul, S., et al. (2018), doi:10.5194/tc-12-2437-2018.
Ricker, R., et al. (2014), doi:10.5194/tc-8-1607-2014.
Tilling, R. L., Ridout, A., and Shepherd, A. (2018), Estimating Arctic sea ice thickness and
volume using CryoSat-2, Advances in Space Research, 62, 1203-1225, doi:10.1016/j.asr.2017.10.051.
Wingham, D. J., Rapley, C. G., and Griffiths, H. (1986), New techniques in satellite altimeter
tracking systems, Proceedings of IGARSS 1986, 1339-1344.
Zakharova, E. A., et al. (2015), doi:10.1080/01490419.2015.1019655.
"""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from . import _kernels
from .power import column, echoes, gate_spacing, noise_gates, to_backscatter, window_height
from .radargram import FIRST_M, SPACING_M, Radargram, leading_edges

#: Every feature and what it is; n0 is the mean of the first 11 gates, or in
#: LRM of gates 10 to 19: the noise.
FEATURES: dict[str, str] = {
    "pulse_peakiness_bins": "gates x maximum / sum (Paul et al. 2018)",
    "pulse_peakiness_share": "maximum / sum (Kurtz et al. 2014)",
    "pulse_peakiness_above_noise": "maximum / mean of the gates above noise, of 128 gates from "
    "50 before the maximum, noise of 10 to 20 of them (CPOM; Tilling et al. 2018)",
    "left_peakiness": "3 x maximum / mean of gates 1 to 3 before it (2 to 6 where oversampled "
    "twice), n0 subtracted (Ricker et al. 2014)",
    "right_peakiness": "the same of gates after it (Ricker et al. 2014)",
    "leading_edge_peakiness": "3 x power at the first maximum / mean of the 3 gates before it",
    "leading_edge_width_bins": "gates from 5 to 95 % of the first maximum of TFMRA "
    "(Paul et al. 2018)",
    "leading_edge_width_m": "the same as range [m]",
    "ocog_amplitude_db": "sqrt(sum y4 / sum y2), y = power - n0, as backscatter [dB] "
    "(Wingham et al. 1986)",
    "ocog_width_bins": "(sum y2)2 / sum y4 [gates] (Wingham et al. 1986)",
    "ocog_width_m": "the same as range [m]",
    "ocog_centre_m": "sum i y2 / sum y2, beyond the reference [m] (Wingham et al. 1986)",
    "maximum_power_db": "maximum as backscatter, gain undone [dB] (Zakharova et al. 2015)",
    "edge_above_reference_m": "height of the leading edge above the ice edge around [m]",
    "peak_delay_m": "range of the maximum beyond the ice edge around [m]",
    "late_tail_to_peak": "mean from 10 to 20 m after the leading edge / maximum, n0 subtracted",
    "trailing_slope_db_per_m": "slope of power in the 10 m after the maximum [dB/m]",
    "power_at_reference_db": "mean backscatter in the first 2 m beyond the ice edge around [dB]",
    "sigma0_db": "backscatter of the product; where it has none the maximum as backscatter [dB]",
    "stack_standard_deviation": "of power over looks, of the product",
    "stack_kurtosis": "of power over looks, of the product",
    "stack_skewness": "of power over looks, of the product",
}

#: Range between an instrument's own gates [m]: AltiKa's are c / (2 x 480 MHz) apart, all others'
#: c / (2 x 320 MHz); finer ones are oversampled.
OVERSAMPLED_BELOW_M = 0.3

LATE_TAIL_M = (10.0, 20.0)  # after the leading edge
SLOPE_M = 10.0  # after the maximum
AT_REFERENCE_M = (0.0, 2.0)
DECIBELS = 10.0 / np.log(10.0)


def features(track: xr.Dataset, seen: Radargram) -> dict[str, np.ndarray]:
    """Return the features of every echo by name, each (n,) float32, in the order of ``FEATURES``.

    Parameters
    ----------
    track : xr.Dataset
        As for ``radargram.radargram``.
    seen : Radargram
        Of the same track.

    Returns
    -------
    dict of str to array
        nan where a feature does not exist: of an echo that is missing, of stacks in LRM, where
        the gain is not known, beyond the window.
    """
    echo, spacing, gate0 = echoes(track), gate_spacing(track), window_height(track)
    noise = noise_gates(track)
    edges = leading_edges(echo, noise)
    shape = np.empty((len(echo), _kernels.COUNT))
    late = (LATE_TAIL_M[0] / spacing, LATE_TAIL_M[1] / spacing)
    slope_gates = round(SLOPE_M / spacing)
    _kernels.describe(
        echo, edges.gate, edges.first, *noise, native_gates(spacing), late, slope_gates, shape
    )
    found = _in_their_units(shape, echo.shape[1], spacing, gate0 - seen.reference)
    scale_db = decibels(to_backscatter(track))
    found["ocog_amplitude_db"] += scale_db
    found["maximum_power_db"] += scale_db
    found["edge_above_reference_m"] = seen.edge - seen.reference
    found["power_at_reference_db"] = decibels(_mean_between(seen.power, *AT_REFERENCE_M))
    product = column(track, "sigma0_db")
    found["sigma0_db"] = np.where(np.isfinite(product), product, found["maximum_power_db"])
    for name in ("stack_standard_deviation", "stack_kurtosis", "stack_skewness"):
        found[name] = column(track, name)
    return {name: found[name].astype(np.float32) for name in FEATURES}


def native_gates(spacing: float) -> int:
    """Return how many gates of a spacing [m] make one that the instrument itself resolves."""
    return 2 if spacing < OVERSAMPLED_BELOW_M else 1


def decibels(power: np.ndarray) -> np.ndarray:
    """Return 10 log10 of power; nan where there is none."""
    power = np.asarray(power, dtype=np.float64)
    return 10.0 * np.log10(np.where(power > 0.0, power, np.nan))


def _in_their_units(
    shape: np.ndarray, gates: int, spacing: float, reference_range: np.ndarray
) -> dict[str, np.ndarray]:
    """Return the features that one echo has by itself, of the columns of ``_kernels.describe``.

    ``reference_range`` (n,) [m] is that of the ice edge beyond gate 0.
    """
    share, width = shape[:, _kernels.SHARE], shape[:, _kernels.EDGE_WIDTH]
    ocog_width = shape[:, _kernels.OCOG_WIDTH]
    return {
        "pulse_peakiness_bins": gates * share,
        "pulse_peakiness_share": share,
        "pulse_peakiness_above_noise": shape[:, _kernels.ABOVE_NOISE],
        "left_peakiness": shape[:, _kernels.LEFT],
        "right_peakiness": shape[:, _kernels.RIGHT],
        "leading_edge_peakiness": shape[:, _kernels.LEADING],
        "leading_edge_width_bins": width,
        "leading_edge_width_m": width * spacing,
        "ocog_amplitude_db": decibels(shape[:, _kernels.OCOG_AMPLITUDE]),
        "ocog_width_bins": ocog_width,
        "ocog_width_m": ocog_width * spacing,
        "ocog_centre_m": shape[:, _kernels.OCOG_CENTRE] * spacing - reference_range,
        "maximum_power_db": decibels(shape[:, _kernels.MAXIMUM]),
        "peak_delay_m": shape[:, _kernels.PEAK_GATE] * spacing - reference_range,
        "late_tail_to_peak": shape[:, _kernels.LATE_TAIL],
        "trailing_slope_db_per_m": shape[:, _kernels.SLOPE] * DECIBELS / spacing,
    }


def _mean_between(power: np.ndarray, first: float, last: float) -> np.ndarray:
    """Return the mean (n,) of a radargram from one range to another [m]."""
    begin, end = (round((r - FIRST_M) / SPACING_M) for r in (first, last))
    return power[:, begin : end + 1].mean(axis=1, dtype=np.float64)


def with_neighbours(
    columns: Mapping[str, np.ndarray],
    meeting: np.ndarray | None,
    along: np.ndarray,
    reach: int = 3,
) -> dict[str, np.ndarray]:
    """Return features beside those of neighbours along the track, for classifiers of single rows.

    Parameters
    ----------
    columns : mapping of name to array (n,)
        Features, rows in order along the track within each meeting.
    meeting : array (n,), int, or None
        Rows of different ones are no neighbours; None if all are of one.
    along : array (n,), float [m]
        Rows farther apart than ``LONGEST_STEP`` times the usual step are no neighbours.
    reach : int
        Records on either side.

    Returns
    -------
    dict of str to array (n,), float32
        Of each feature f: f, ``f_change_-3`` to ``f_change_+3``, what the neighbour has more
        (without 0), and ``f_least``, ``f_median`` and ``f_greatest`` of all up to ``reach``
        away, itself too; nan where there is no such neighbour.
    """
    meeting = np.zeros(along.size, np.int64) if meeting is None else np.asarray(meeting)
    shifts = [k for k in range(-reach, reach + 1) if k != 0]
    beside = {k: _neighbour(meeting, along, k) for k in shifts}
    found = {}
    for name, values in columns.items():
        values = np.asarray(values, dtype=np.float32)
        around = {k: np.where(beside[k] < 0, np.nan, values[beside[k]]) for k in shifts}
        found[name] = values
        found |= {f"{name}_change_{k:+d}": around[k] - values for k in shifts}
        together = np.stack([values, *around.values()])
        found[f"{name}_least"] = np.fmin.reduce(together)
        found[f"{name}_median"] = _median(together)
        found[f"{name}_greatest"] = np.fmax.reduce(together)
    return found


LONGEST_STEP = 2.5  # usual steps along track: one record between two may be missing


def _neighbour(meeting: np.ndarray, along: np.ndarray, shift: int) -> np.ndarray:
    """Return the row of the neighbour ``shift`` places on, (n,) int, -1 for none."""
    row = np.arange(along.size)
    other = row + shift
    inside = (other >= 0) & (other < along.size)
    other = np.where(inside, other, row)
    steps = np.diff(along)[np.diff(meeting) == 0]
    longest = LONGEST_STEP * abs(shift) * np.median(steps) if steps.size else 0.0
    near = (meeting[other] == meeting) & (np.abs(along[other] - along) <= longest)
    return np.where(inside & near, other, -1)


def _median(together: np.ndarray) -> np.ndarray:
    """Return the median over the first axis of what is not nan: nan of nothing, without noise."""
    ordered = np.sort(together, axis=0)  # nan last
    count = np.isfinite(together).sum(axis=0)
    low, high = np.maximum(count - 1, 0) // 2, count // 2
    high = np.minimum(high, len(ordered) - 1)
    row = np.arange(together.shape[1])
    return 0.5 * (ordered[low, row] + ordered[high, row])
