"""How backscatter falls with incidence angle on one scene, so that it can be undone."""

import numpy as np

#: In winter [dB/degree]: deformed first-year ice, Makynen and Karvonen (2017).
USUAL_SLOPE = {"hh": -0.24, "hv": -0.16}
#: How far a scene's slope lies from the usual one, 1 sigma [dB/degree] (assumed): first- and
#: multi-year ice differ by 0.07 in HH.
SLOPE_SPREAD = 0.04
#: Angle to which backscatter is brought, about the middle of an EW swath [degree].
REFERENCE_INCIDENCE = 34.5
#: Width of the strips of incidence that count as one observation of the slope [degree] (chosen),
#: and the spread of their levels by the ice alone [dB] (assumed): ice types lie in patches.
STRIP, STRIP_SPREAD = 1.0, 1.0


def incidence_slope(decibel: np.ndarray, incidence: np.ndarray, polarisation: str) -> float:
    """Return the slope of backscatter with incidence angle [dB/degree].

    The slope of the medians of strips of like incidence, drawn to the usual slope by as much as
    that is known better: a narrow scene cannot tell it from a change of ice type.

    Parameters
    ----------
    decibel : array (n,), float [dB]
        nan where missing.
    incidence : array (n,), float [degree]
    polarisation : str
        "hh" or "hv".
    """
    usual = USUAL_SLOPE[polarisation]
    known = np.isfinite(decibel) & np.isfinite(incidence)
    if not known.any():
        return usual
    strip = np.floor(incidence[known] / STRIP).astype(np.int64)
    values = decibel[known]
    order = np.argsort(strip, kind="stable")
    found, first = np.unique(strip[order], return_index=True)
    medians = np.array([np.median(part) for part in np.split(values[order], first[1:])])
    angle = (found - found.mean()) * STRIP
    # Slope and prior weighed by the inverses of their variances.
    information = float(angle @ angle) / STRIP_SPREAD**2
    seen = float(angle @ medians) / STRIP_SPREAD**2
    return (seen + usual / SLOPE_SPREAD**2) / (information + 1.0 / SLOPE_SPREAD**2)
