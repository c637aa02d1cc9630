"""Every densification method against the truth of simulated worlds, and the engine against peers.

    python benchmarks/densify_methods.py worlds FOLDER [FOLDER...]    methods by distance
    python benchmarks/densify_methods.py engine                       Gaussian processes of peers
    python benchmarks/densify_methods.py scene                        250 m on a whole EW scene

``worlds`` takes folders of ``iceco simulate`` and gives the methods what tracks would tell if
retracking were perfect: the true freeboard under each record with 5 cm of noise, where its ice is
at the scene's time.  Of the many passes of a world three are drawn.  Grid cells are 2 km.
"""

import resource
import sys
import time
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import netCDF4
import numpy as np
import xarray as xr
from scipy.spatial import cKDTree

from iceco.drift.displacement import no_drift
from iceco.geo.polar import NORTH, forward
from iceco.models.densify.covariates import NAMES, middle_time, scene_covariates
from iceco.models.densify.cross_validation import crps_normal
from iceco.models.densify.densify import Request, densify, with_covariates
from iceco.models.densify.fields import Cells, Field, Points
from iceco.models.densify.gaussian_process import Law, predict
from iceco.models.densify.grids import Grid, cell_at, map_grid
from iceco.models.densify.mapping import map_freeboard
from iceco.models.densify.methods import METHODS
from iceco.models.densify.observations import super_observations
from iceco.models.densify.representativeness import representative
from iceco.models.leads.finder import threshold_leads
from iceco.products.canonical import make_scene
from iceco.products.lazy import lazy_image
from iceco.products.recognise import open_product

NOISE = 0.05  # m
MOMENT = np.datetime64("2024-03-15T12:00:00", "ns")
PASSES = 3
CELL = 2_000.0  # m
LEAST_TRUTH = 0.9  # of a cell that the truth covers
EDGES = (0.0, 1_000.0, 5_000.0, 15_000.0, 60_000.0)
LEVELS = np.linspace(0.01, 0.99, 99)


class Case(NamedTuple):
    """A world as the methods see it, and what is true."""

    points: Points
    cells: Cells
    truth: np.ndarray  # (cells,) [m]
    distance: np.ndarray  # (cells,) to the nearest observation [m]


def world_case(folder: Path, truth: Path, rng: np.random.Generator) -> Case:
    """Return one world of a folder, whose grid's cells are at the time of its first scene."""
    with netCDF4.Dataset(truth) as known:
        scene_id, ice = known.scenes.split()[0], known["ice"]
        first_lead = ice["kind"].first_lead
        x, y = np.meshgrid(ice["x"][:].data, ice["y"][:].data)
        freeboard, icy = ice["ice_freeboard"][:].data, ice["kind"][:].data < first_lead
        tracks = [*known["tracks"].groups.values()]
        chosen = [tracks[i] for i in rng.permutation(len(tracks))[:PASSES]]
        observed = [
            _observed(group, first_lead, number, rng) for number, group in enumerate(chosen)
        ]
    scene = open_product(next((folder / "sentinel1").glob(f"{scene_id}*")))
    grid = map_grid(NORTH, scene["grid_x"].values.ravel(), scene["grid_y"].values.ravel(), CELL)
    every = np.arange(grid.x.size)
    leads = threshold_leads()
    seen = scene_covariates(
        [scene], grid, every, no_drift(), middle_time(scene), leads, 2, lambda done, total: None
    )
    true = _cell_means(grid, x, y, freeboard, icy)
    inside = np.isfinite(true) & np.isfinite(seen.values).all(axis=1)
    cells = Cells(
        grid.x.ravel()[inside], grid.y.ravel()[inside], seen.values[inside], NAMES,
        seen.lead_probability[inside],
    )  # fmt: skip
    points = Points(*map(np.concatenate, zip(*observed, strict=True)))
    points = super_observations(points, cell_at(grid, points.x, points.y))
    points = with_covariates(points, cells, grid.cell_size)
    points = Points(*(v[np.isfinite(points.covariates).all(axis=1)] for v in points))
    points = representative(points, NAMES)
    return Case(points, cells, true[inside], _distance(points, cells))


def _observed(
    group: netCDF4.Group, first_lead: int, number: int, rng: np.random.Generator
) -> Points:
    """Return the true freeboard of a pass with noise, where its ice is at the scene's time."""
    x, y = (group[n][:].data + group[f"d{n}"][0].data for n in "xy")
    ice = group["kind"][:].data < first_lead
    value = group["ice_freeboard"][:].data.astype(float) + NOISE * rng.standard_normal(x.size)
    size = int(ice.sum())
    since = np.datetime64(group["time"].units.split()[-1], "ns")
    when = since + np.rint(group["time"][:].data * 1e9).astype("timedelta64[ns]")
    return Points(
        x[ice], y[ice], when[ice], value[ice], np.full(size, NOISE), np.zeros(size),
        np.full(size, number), np.zeros(size), np.zeros(size), np.empty((size, 0), np.float32),
    )  # fmt: skip


def _cell_means(
    grid: Grid, x: np.ndarray, y: np.ndarray, freeboard: np.ndarray, icy: np.ndarray
) -> np.ndarray:
    """Return the mean freeboard of the ice in each cell, nan where the truth covers too little."""
    cell = cell_at(grid, x.ravel(), y.ravel())
    inside = cell >= 0
    count = np.bincount(cell[inside], minlength=grid.x.size)
    weight = (icy.ravel() & inside)[inside].astype(float)
    total = np.bincount(cell[inside], weight, grid.x.size)
    value = np.bincount(cell[inside], weight * freeboard.ravel()[inside], grid.x.size)
    full = count >= LEAST_TRUTH * np.median(count[count > 0])
    return np.where(full & (total > 0), value / np.maximum(total, 1e-9), np.nan)


def _distance(points: Points, cells: Cells) -> np.ndarray:
    tree = cKDTree(np.stack([points.x, points.y], axis=-1))
    return np.asarray(tree.query(np.stack([cells.x, cells.y], axis=-1))[0])


def scores_of(truth: np.ndarray, field: Field) -> list[float]:
    """Return RMSE, bias, CRPS, coverage of 68 and 90 %, and the CDF's distance, of some cells."""
    error = field.mean - truth
    low, high = field.quantiles[[1, 3]]
    lowest, highest = field.quantiles[[0, 4]]
    apart = np.abs(np.quantile(field.mean, LEVELS) - np.quantile(truth, LEVELS)).mean()
    return [
        float(np.sqrt(np.mean(error**2))), float(error.mean()),
        float(crps_normal(-error, field.sigma).mean()),
        float(np.mean((truth >= low) & (truth <= high))),
        float(np.mean((truth >= lowest) & (truth <= highest))), float(apart),
    ]  # fmt: skip


def worlds(folders: list[Path]) -> None:
    """Print the scores of all methods over the worlds of some folders."""
    rng = np.random.default_rng(1)
    found: dict[str, list[tuple[np.ndarray, ...]]] = {name: [] for name in (*METHODS, "auto")}
    chosen: list[str] = []
    for folder in folders:
        for truth in sorted((folder / "truth").glob("truth_*.nc")):
            case = world_case(folder, truth, rng)
            for name in found:
                mapped = map_freeboard(case.points, case.cells, name)
                if name == "auto":
                    chosen.append(mapped.method)
                field = mapped.field
                found[name].append((case.truth, case.distance, *field[:2], field.quantiles.T))
    print(f"{len(chosen)} worlds; auto chose", {n: chosen.count(n) for n in METHODS})
    print("method   distance [km]   cells   RMSE    bias    CRPS   68 %  90 %   W1 of means")
    for name, parts in found.items():
        truth, distance, mean, sigma, quantiles = map(np.concatenate, zip(*parts, strict=True))
        for low, high in (*pairwise(EDGES), (0.0, EDGES[-1])):
            k = (distance >= low) & (distance < high)
            field = Field(mean[k], sigma[k], quantiles[k].T)
            told = scores_of(truth[k], field)
            print(
                f"{name:8s} {low / 1e3:5.0f} to {high / 1e3:3.0f} {k.sum():8d}  {told[0]:.4f} "
                f"{told[1]:+.4f} {told[2]:.4f}  {told[3]:.2f}  {told[4]:.2f}   {told[5]:.4f}"
            )


def engine_case() -> tuple[Points, np.ndarray, np.ndarray, Law]:
    """Return 3 tracks of 2000 points, 30 000 cells of a swath (120 x 1000 km), truth and law."""
    rng = np.random.default_rng(3)
    law = Law(variance=0.01, length_m=15_000.0, nugget=0.0)
    fine = 500.0
    rows, columns = int(1_000_000 / fine), int(120_000 / fine)
    truth = 0.2 + np.sqrt(law.variance) * _matern_field(rng, rows, columns, fine, law.length_m)
    line = np.arange(rows)
    column = np.concatenate([np.interp(line, [0, rows], ends).astype(int)
                             for ends in ((20, 60), (150, 100), (180, 230))])  # fmt: skip
    row = np.tile(line, 3)
    size = row.size
    zeros = np.zeros(size)
    seen = truth[row, column] + NOISE * rng.standard_normal(size)
    when = np.datetime64("2024-03-15", "ns") + row * np.timedelta64(75, "ms")
    points = Points(
        column * fine, row * fine, when, seen, np.full(size, NOISE), zeros,
        np.repeat([0, 1, 2], rows), zeros, zeros, np.empty((size, 0), np.float32),
    )  # fmt: skip
    y, x = np.meshgrid(fine * np.arange(2, rows, 4), fine * np.arange(2, columns, 4), indexing="ij")
    return points, np.stack([x.ravel(), y.ravel()], axis=-1), truth[2::4, 2::4].ravel(), law


def _matern_field(
    rng: np.random.Generator, rows: int, columns: int, cell: float, length: float
) -> np.ndarray:
    """Return a field of unit variance with Matern-3/2 covariance, by its spectrum."""
    ky, kx = (2.0 * np.pi * np.fft.fftfreq(n, cell) for n in (2 * rows, 2 * columns))
    power = (3.0 / length**2 + ky[:, None] ** 2 + kx**2) ** -2.5
    field = np.fft.ifft2(np.sqrt(power) * np.fft.fft2(rng.standard_normal(power.shape))).real
    return field[:rows, :columns] / np.sqrt(power.mean())


def _iceco(points: Points, places: np.ndarray, law: Law) -> tuple[np.ndarray, np.ndarray]:
    cell = np.floor(points.x / CELL).astype(int) * 10_000 + np.floor(points.y / CELL).astype(int)
    few = super_observations(points, cell)
    ones = np.ones((few.x.size, 1)), np.ones((places.shape[0], 1))
    return predict(few, ones[0], places, ones[1], law, CELL)


def _sklearn(points: Points, places: np.ndarray, law: Law) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, Matern

    kernel = ConstantKernel(law.variance) * Matern(law.length_m, nu=1.5)
    machine = GaussianProcessRegressor(kernel, alpha=NOISE**2, optimizer=None)
    middle = points.freeboard.mean()
    machine.fit(np.stack([points.x, points.y], axis=-1), points.freeboard - middle)
    mean, sigma = machine.predict(places, return_std=True)
    return middle + mean, sigma**2


def _gpytorch(points: Points, places: np.ndarray, law: Law) -> tuple[np.ndarray, np.ndarray]:
    import gpytorch
    import torch

    class Machine(gpytorch.models.ExactGP):
        def __init__(self, x: torch.Tensor, y: torch.Tensor, likelihood: object) -> None:
            super().__init__(x, y, likelihood)
            self.mean_module = gpytorch.means.ConstantMean()
            self.covar_module = gpytorch.kernels.ScaleKernel(gpytorch.kernels.MaternKernel(nu=1.5))

        def forward(self, x: torch.Tensor) -> gpytorch.distributions.MultivariateNormal:
            return gpytorch.distributions.MultivariateNormal(
                self.mean_module(x), self.covar_module(x)
            )

    x = torch.tensor(np.stack([points.x, points.y], axis=-1) / law.length_m)
    y = torch.tensor(points.freeboard)
    likelihood = gpytorch.likelihoods.GaussianLikelihood().double()
    machine = Machine(x, y, likelihood).double()
    likelihood.noise = NOISE**2
    machine.covar_module.outputscale = law.variance
    machine.covar_module.base_kernel.lengthscale = 1.0
    machine.mean_module.initialize(constant=y.mean())
    machine.eval()
    with torch.no_grad(), gpytorch.settings.fast_pred_var():
        parts = [machine(part) for part in torch.tensor(places / law.length_m).split(3000)]
        return tuple(
            torch.cat([getattr(part, name) for part in parts]).numpy()
            for name in ("mean", "variance")
        )


def _pykrige(points: Points, places: np.ndarray, law: Law) -> tuple[np.ndarray, np.ndarray]:
    from pykrige.ok import OrdinaryKriging

    def semivariance(parameters: list[float], distance: np.ndarray) -> np.ndarray:
        scaled = np.sqrt(3.0) * distance / parameters[1]
        value = parameters[0] * (1.0 - (1.0 + scaled) * np.exp(-scaled)) + parameters[2]
        return np.where(distance > 0.0, value, 0.0)

    machine = OrdinaryKriging(
        points.x, points.y, points.freeboard, variogram_model="custom",
        variogram_parameters=[law.variance, law.length_m, NOISE**2],
        variogram_function=semivariance, exact_values=False,
    )  # fmt: skip
    parts = [
        machine.execute("points", *part.T, backend="vectorized")
        for part in np.array_split(places, 10)
    ]
    return tuple(np.concatenate([np.asarray(part[i]) for part in parts]) for i in (0, 1))


def _gstools(points: Points, places: np.ndarray, law: Law) -> tuple[np.ndarray, np.ndarray]:
    import gstools

    model = gstools.Matern(
        dim=2, var=law.variance, len_scale=law.length_m, nugget=NOISE**2, nu=1.5,
        rescale=np.sqrt(3.0) / (2.0 * np.sqrt(1.5)),
    )  # fmt: skip
    krige = gstools.krige.Ordinary(
        model, np.stack([points.x, points.y]), points.freeboard, exact=False, pseudo_inv=False,
        cond_err="nugget",
    )  # fmt: skip
    return krige(places.T, chunk_size=2000)


def engine() -> None:
    """Print time and accuracy of Gaussian processes on the same observations, law and cells."""
    points, places, truth, law = engine_case()
    few = Points(*(values[:60] for values in points))
    for solve in (_iceco, _gpytorch):
        solve(few, places[:50], law)  # compiled, and imported
    print("engine     wall [s]   CPU [s]   RMSE [m]   covered 68 %   peak memory so far [GB]")
    rmse = 0.0
    for name, solve in (
        ("iceco", _iceco), ("gpytorch", _gpytorch), ("sklearn", _sklearn), ("gstools", _gstools),
        ("pykrige", _pykrige),
    ):  # fmt: skip
        wall, cpu = time.perf_counter(), time.process_time()
        mean, variance = solve(points, places, law)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        error = mean - truth
        rmse = float(np.sqrt(np.mean(error**2)))
        inside = np.mean(np.abs(error) <= np.sqrt(variance))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        told = f"{wall:8.2f}  {cpu:8.2f}    {rmse:.5f}     {inside:.3f}        {peak:.2f}"
        print(f"{name:10s} {told}", flush=True)


def whole_scene() -> xr.Dataset:
    """Return a scene of 10 000 x 10 000 pixels of 40 m, made up as it is read."""
    size = 10_000
    left, top = (float(v) for v in forward(NORTH, np.asarray(-140.0), np.asarray(75.5)))
    half = 20.0 * size
    nodes = np.linspace(0.0, size - 1.0, 21)
    grid_x, grid_y = np.meshgrid(left - half + 40.0 * nodes, top + half - 40.0 * nodes)
    coarse = _matern_field(np.random.default_rng(1), 500, 500, 800.0, 15_000.0)

    def read(level: float, contrast: float, lines: slice, samples: slice) -> np.ndarray:
        rng = np.random.default_rng([lines.start, samples.start])
        rows, columns = (np.arange(part.start, part.stop) // 20 for part in (lines, samples))
        power = 10.0 ** ((level + contrast * coarse[np.ix_(rows, columns)]) / 10.0)
        return (power * rng.standard_gamma(10.0, power.shape, np.float32) / 10.0).astype(np.float32)

    images = {
        f"sigma0_{name}": lazy_image((size, size), np.float32, partial(read, *how))
        for name, how in (("hh", (-15.0, 1.0)), ("hv", (-24.0, 2.0)))
    }
    grid = {"line": nodes, "sample": nodes, "x": grid_x, "y": grid_y}
    return make_scene(images, np.full(size, MOMENT), grid, {
        "scene_id": "whole", "mission": "s1a", "mode": "EW", "polarisations": "HH HV",
        "crs": NORTH.crs, "pixel_spacing_line_m": 40.0, "pixel_spacing_sample_m": 40.0,
        "thermal_noise": "removed by iceco", "source": "whole",
    })  # fmt: skip


def scene() -> None:
    """Print how long a whole EW scene takes at 250 m, from three tracks across it."""
    rng = np.random.default_rng(2)
    whole = whole_scene()
    x, y = (whole[f"grid_{name}"].values for name in "xy")
    size = 1250
    line = np.linspace(0.02, 0.98, size)
    places = [(x[0, 0] + np.ptp(x) * (share + 0.1 * line), y[0, 0] - np.ptp(y) * line)
              for share in (0.15, 0.45, 0.75)]  # fmt: skip
    px, py = (np.concatenate(part) for part in zip(*places, strict=True))
    zeros = np.zeros(px.size)
    points = Points(
        px, py, MOMENT + np.arange(px.size) * np.timedelta64(50, "ms"),
        0.2 + 0.1 * rng.standard_normal(px.size), zeros + NOISE, zeros + 0.02,
        np.repeat([0, 1, 2], size), zeros, zeros, np.empty((px.size, 0), np.float32),
    )  # fmt: skip
    spent: dict[str, tuple[float, float]] = {}

    def now() -> tuple[float, float]:
        return time.perf_counter(), time.process_time()

    request = Request(MOMENT, NORTH, "ked", 250.0, None, None)
    began = now()

    def watch(done: int, total: int) -> None:
        if done == total:
            spent["scene read, leads found"] = now()

    result = densify(points, [whole], no_drift(), threshold_leads(), request, 2, watch)
    spent["mapped"] = now()
    print("what                      wall [s]   CPU [s], since the start")
    for what, (wall, cpu) in spent.items():
        print(f"{what:25s} {wall - began[0]:8.1f}  {cpu - began[1]:8.1f}")
    cells = int(np.isfinite(result.field.mean).sum())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{cells} cells of 250 m by {result.method}; peak memory {peak:.2f} GB")


COMMANDS = {
    "worlds": lambda words: worlds([*map(Path, words)]),
    "engine": lambda words: engine(),
    "scene": lambda words: scene(),
}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](sys.argv[2:])
