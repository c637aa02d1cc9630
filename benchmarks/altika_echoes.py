"""AltiKa echoes per second at facets of 50 m, beside NumPy, on one core.

Run it as ``python benchmarks/altika_echoes.py``.
"""

import time
from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter1d

from iceco.simulate.altimeter.closed_form import ALTIKA, curvature
from iceco.simulate.altimeter.facets import Facets
from iceco.simulate.altimeter.pulse_limited import pulse_limited_echoes

ALTITUDE = 800_000.0  # m
NADIR_GATE = 51.0
SPACING = 168.0  # m, between records
RECORDS = 1_000
NUMPY_RECORDS = 20
REACH = 6_000.0  # m
FINE = 8  # steps a gate in which NumPy sorts ranges
LAYER = 0.05  # m of rms height in which it keeps rough facets apart
WANTED = 1_000.0  # echoes a second
REPEATS = 3


def ice_with_leads(records: int) -> Facets:
    """Return the strip of a pass over rough ice, a lead of 100 m every 4 km across it."""
    rng = np.random.default_rng(0)
    side, half_width = 50.0, 6_500.0
    along = np.arange(-half_width + side / 2, records * SPACING + half_width, side)
    across = np.arange(-half_width + side / 2, half_width, side)
    shape = (along.size, across.size)
    lead = np.broadcast_to((along % 4_000.0 < 100.0)[:, None], shape)
    return Facets(
        along,
        across,
        np.where(lead, 0.0, rng.gamma(4.0, 0.05, shape)).astype(np.float32),
        np.where(lead, 1e5, 5.0).astype(np.float32),
        np.where(lead, 5e-6, 1e-2).astype(np.float32),
        np.where(lead, 0.0, rng.uniform(0.03, 0.3, shape)).astype(np.float32),
        np.where(lead, 1e-3, 0.0).astype(np.float32),
        side,
    )


def compiled(facets: Facets, records: int) -> np.ndarray:
    echoes = pulse_limited_echoes(
        facets,
        np.arange(records) * SPACING,
        np.full(records, ALTITUDE),
        np.full(records, NADIR_GATE),
        ALTIKA,
    )
    return echoes.incoherent


def with_numpy(facets: Facets, records: int) -> np.ndarray:
    """Return the incoherent echoes, the extent of facets in range left out."""
    alpha = curvature(ALTITUDE)
    beam = 4.0 / (ALTIKA.antenna_gamma * ALTITUDE**2)
    layers = int(facets.rms_height.max() / LAYER) + 2
    steps = FINE * ALTIKA.gates
    power = np.empty((layers, records, steps))
    for i in range(records):
        rows = np.abs(facets.along - i * SPACING) < REACH
        d2 = (facets.along[rows] - i * SPACING)[:, None] ** 2 + facets.across**2
        beyond = alpha * d2 / (2.0 * ALTITUDE) - facets.height[rows]
        place = (beyond / ALTIKA.gate_spacing + NADIR_GATE) * FINE
        seen = place < steps - 1
        d2, place = d2[seen], place[seen]
        slope = (alpha / ALTITUDE) ** 2 / facets.mean_square_slope[rows][seen]
        seen_power = facets.sigma0[rows][seen] * np.exp(-d2 * (beam + slope))
        step, layer = place.astype(int), facets.rms_height[rows][seen] / LAYER
        low = layer.astype(int)
        after, upper = place - step, (layer**2 - low**2) / (2 * low + 1)
        power[:, i] = sum(
            np.bincount((low + a) * steps + step + b, wa * wb * seen_power, layers * steps)
            for a, wa in ((0, 1.0 - upper), (1, upper))
            for b, wb in ((0, 1.0 - after), (1, after))
        ).reshape(layers, steps)
    sigma = FINE * np.hypot(ALTIKA.pulse_sigma, np.arange(layers) * LAYER) / ALTIKA.gate_spacing
    smooth = sum(gaussian_filter1d(p, s, axis=1) for p, s in zip(power, sigma, strict=True))
    area = 2.0 * np.pi * ALTITUDE * ALTIKA.gate_spacing / (alpha * facets.side**2)
    return smooth[:, ::FINE] * FINE / area


def rate(function: Callable[[Facets, int], object], facets: Facets, records: int) -> float:
    """Return echoes per second of the fastest of a few calls, after one to compile."""
    function(facets, 1)
    seconds = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        function(facets, records)
        seconds.append(time.perf_counter() - start)
    return records / min(seconds)


def main() -> None:
    facets = ice_with_leads(RECORDS)
    ours, theirs = compiled(facets, 5), with_numpy(facets, 5)
    differ = np.abs(ours - theirs).max() / ours.max()
    assert differ < 0.02, f"the two differ by {differ:.3f} of the peak"
    fast = rate(compiled, facets, RECORDS)
    slow = rate(with_numpy, facets, NUMPY_RECORDS)
    print(f"AltiKa echoes  {fast:6.0f} /s   NumPy {slow:.0f} /s   ratio {fast / slow:.1f}")
    assert fast > WANTED, f"{fast:.0f} echoes a second, {WANTED:.0f} are wanted"


if __name__ == "__main__":
    main()
