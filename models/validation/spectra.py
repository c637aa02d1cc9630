"""How fine a field resolves: spectra of its error against those of the referee.

Swaths have gaps.  Pieces of a line that lack few samples are taken, the lacking ones put in
straight between their neighbours, in field and referee alike; the rest is left out.
"""

from typing import NamedTuple

import numpy as np

#: Share of a piece that may be missing.
MOST_MISSING = 0.1
#: Fewest pieces whose mean spectrum is given.
FEWEST_PIECES = 4
#: Ratio of the error's spectrum to the referee's at which a scale counts as resolved.
RESOLVED = 0.5


class Spectra(NamedTuple):
    """One-sided power spectral densities (f,), float64."""

    wavenumber: np.ndarray  #: cycles per metre, without zero
    referee: np.ndarray  #: [m2 / (cycle / m)], its noise taken off
    field: np.ndarray
    error: np.ndarray  #: of field less referee, the referee's noise taken off
    pieces: int


def spectra(
    referee: np.ndarray, field: np.ndarray, spacing: float, samples: int, noise: float = 0.0
) -> Spectra | None:
    """Return mean spectra along the first axis.

    Pieces of ``samples`` overlap by half; each is freed of its line of best fit and tapered (Hann).

    Parameters
    ----------
    referee, field : array (n, m), float
        m lines of n samples; nan where missing in either.
    spacing : float
        Between samples [m].
    samples : int
        In a piece.
    noise : float
        Standard deviation of the referee's white noise [m]: its spectrum is taken off.

    Returns
    -------
    Spectra or None
        None where fewer than ``FEWEST_PIECES`` pieces are whole enough.

    References
    ----------
    Welch, P. D. (1967), IEEE Transactions on Audio and Electroacoustics, 15, 70-73.
    """
    pieces = _pieces(referee, field, samples)
    if len(pieces) < FEWEST_PIECES:
        return None
    window = np.hanning(samples + 2)[1:-1]
    scale = 2.0 * spacing / (window**2).sum()
    wavenumber = np.fft.rfftfreq(samples, spacing)[1:]

    def density(values: np.ndarray) -> np.ndarray:
        power = np.abs(np.fft.rfft(_detrended(values) * window, axis=-1)[:, 1:]) ** 2
        power[:, wavenumber.size - 1 :] *= 1.0 if samples % 2 else 0.5  # Nyquist counts once
        return np.asarray(scale * power.mean(axis=0))

    white = 2.0 * spacing * noise**2
    first, second = pieces[:, 0], pieces[:, 1]
    return Spectra(
        wavenumber,
        np.maximum(density(first) - white, 0.0),
        density(second),
        np.maximum(density(second - first) - white, 0.0),
        len(pieces),
    )


def resolved_wavelength(found: Spectra) -> float:
    """Return the wavelength [m] below which the error holds more than half the referee's power.

    Going from long waves to short ones, where 1 - PSD(error) / PSD(referee) first falls to 0.5
    (Ballarotta et al. 2019, Ocean Science, 15, 1091-1109), straight in the logarithm of the
    wavenumber.  nan where even the longest wave is not resolved; the shortest wavelength where
    all are.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = np.where(found.referee > 0.0, found.error / found.referee, np.inf)
    beyond = np.nonzero(ratio > RESOLVED)[0]
    if beyond.size == 0:
        return float(1.0 / found.wavenumber[-1])
    i = int(beyond[0])
    if i == 0:
        return float("nan")
    share = (RESOLVED - ratio[i - 1]) / (ratio[i] - ratio[i - 1]) if np.isfinite(ratio[i]) else 0.0
    low, high = np.log(found.wavenumber[[i - 1, i]])
    return float(np.exp(-(low + share * (high - low))))


def _pieces(referee: np.ndarray, field: np.ndarray, samples: int) -> np.ndarray:
    """Return pieces (pieces, 2, samples) of referee and field, gaps closed."""
    found = []
    for line in np.stack([referee, field], axis=1).transpose(2, 1, 0):
        there = np.isfinite(line).all(axis=0)
        found += [_closed(line[:, i : i + samples]) for i in _starts(there, samples)]
    return np.array(found).reshape(-1, 2, samples)


def _starts(there: np.ndarray, samples: int) -> list[int]:
    """Return where pieces start: at samples that are there, half a piece apart or more."""
    seen = np.concatenate([[0], np.cumsum(there)])
    fewest = (1.0 - MOST_MISSING) * samples
    starts: list[int] = []
    for i in np.nonzero(there[: there.size - samples + 1])[0]:
        whole = there[i + samples - 1] and seen[i + samples] - seen[i] >= fewest
        if whole and (not starts or i >= starts[-1] + samples // 2):
            starts.append(int(i))
    return starts


def _closed(piece: np.ndarray) -> np.ndarray:
    there = np.isfinite(piece).all(axis=0)
    at = np.arange(there.size)
    return np.stack([np.interp(at, at[there], values[there]) for values in piece])


def _detrended(values: np.ndarray) -> np.ndarray:
    """Return rows without their mean and line of best fit."""
    t = np.arange(values.shape[-1]) - 0.5 * (values.shape[-1] - 1)
    level = values - values.mean(axis=-1, keepdims=True)
    return np.asarray(level - (level @ t / (t @ t))[:, None] * t)
