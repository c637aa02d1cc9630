"""How honest labels are: their probabilities and intervals against the truth of simulated worlds.

Run it as ``python benchmarks/label_calibration.py``.  Straight passes cross worlds of 28 km, none
of them used to fit anything, 5 to 190 minutes before or after a Sentinel-1 EW scene.  Truth is the
distance to the closest lead at the record's own time and place.  A row holds the records of all
worlds at some lags, by the map of leads:

- true: the share of each pixel that is lead at the scene's time, which leaves the errors of
  position alone;
- thresholds: what is found in the scene, with speckle and noise.

Leads count where they are two pixels (80 m) wide.

Columns:

- ECE: expected calibration error of P(distance < 500 m), ten bins;
- in 68 %: share of records with the truth in their 68 % interval, of those that may not lie in a
  lead and whose distance is no bound;
- error: median of the distance's error, with motion seen between this scene and one 6.6 h later
  merged with the OSI-405 product (as ``--drift auto,PRODUCT``), with the product alone, and
  without drift.

The first two columns are of the merged drift, and beside them those of the product alone.
"""

import tempfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from iceco.collocate.corridor import LEVELS, LeadFinder
from iceco.collocate.nearest import build, nearest
from iceco.collocate.pair import Collocating, Source, collocate_tracks
from iceco.drift.displacement import no_drift, product_drift
from iceco.drift.field import combined_drift, pair_drift
from iceco.drift.pair.vectors import track_pair
from iceco.geo.polar import NORTH, inverse, scale_factor
from iceco.geo.swath import image_to_plane
from iceco.models.leads.contrasts import FITTED
from iceco.models.leads.threshold import lead_map
from iceco.products.canonical import make_track, scene_geolocation
from iceco.products.recognise import open_product
from iceco.simulate.ice.drift_product import write_drift_product
from iceco.simulate.ice.lead_geometry import lead_width, meet_leads
from iceco.simulate.ice.lead_life import leads_at
from iceco.simulate.ice.motion import drift_frame
from iceco.simulate.presets import EPOCH, LATITUDE, LONGITUDE, look_at
from iceco.simulate.sar.scene import write_scene
from iceco.simulate.scores import LAGS, calibration_scores
from iceco.simulate.world import World, WorldPlan, build_world, centre_of, surface_of

SEEDS = tuple(range(400, 455))
EXTENT = 28_000.0  # m, of scenes
SEEN_WIDTH = 80.0  # m, of leads that a scene shows, where they are so wide
LAG_MINUTES = (6.0, 11.0, 25.0, 45.0, 80.0, 120.0, 160.0)  # of passes, each but for 20 %
RECORDS, STEP = 48, 350.0  # of a pass; m between them
TRUTH_PIXEL, TRUTH_EXTENT = 20.0, 36_000.0  # m
#: Probabilities of the thresholds' map from which a lead of two pixels is as probable as
#: ``corridor.LEVELS`` (fitted on seeds 200 to 239).
TWO_PIXEL_LEVELS = (0.2, 0.45, 0.73, 0.95)
PARTS = (-0.375, -0.125, 0.125, 0.375)  # pixels, from the centre to the middles of its parts
DRIFT_RADIUS = 200_000.0  # m, of the drift product

WORST_ECE, COVERAGE = 0.03, (0.65, 0.71)


def main(seeds: tuple[int, ...]) -> None:
    records = pd.concat([labels_of(seed) for seed in seeds], ignore_index=True)
    print(f"{'':33s}{'ECE':>16s}{'in 68 %':>16s}{'error [m]':>24s}\n"
          f"{'map':12s}{'lag [min]':>12s}{'records':>9s}" + f"{'auto':>8s}{'product':>8s}" * 3
          + f"{'none':>8s}")  # fmt: skip
    for name, part in records.groupby("map"):
        for first, last in pairwise(LAGS):
            lag = part["lag_s"].abs() / 60.0
            here = part[(lag >= first) & (lag < last)]
            by_drift = {d: here[here["drift"] == d] for d in ("auto", "product", "none")}
            auto, product = (
                calibration_scores(by_drift[d], by_drift[d]["truth"].to_numpy()).values()
                for d in ("auto", "product")
            )
            errors = (median_error(by_drift[d]) for d in ("auto", "product", "none"))
            print(f"{name:12s}{first:7.0f}-{last:4.0f}{len(by_drift['auto']):9d}"
                  + "".join(f"{a:8.3f}{b:8.3f}" for a, b in zip(auto, product, strict=True))
                  + "".join(f"{error:8.0f}" for error in errors))  # fmt: skip


def median_error(records: pd.DataFrame) -> float:
    free = records[~records["distance_censored"]]
    return float((free["distance_to_lead_m"] - free["truth"]).abs().median())


def labels_of(seed: int) -> pd.DataFrame:
    """Return the labels of all passes of a world, by either map, with drift and without."""
    plan = look_at(WorldPlan(seed, EPOCH, LONGITUDE, LATITUDE, EXTENT / 2 + 20_000.0), EXTENT, 0)
    world = build_world(plan.world)
    with tempfile.TemporaryDirectory() as folder:
        path, later = (
            write_scene(
                Path(folder), surface_of(world), EPOCH, view, seed + 10_000 * i, workers=2,
                first_slice=False,
            )
            for i, view in enumerate(plan.scenes)
        )  # fmt: skip
        product = write_drift_product(
            Path(folder), world.motion, seed, plan.drift_days[0], EPOCH,
            (centre_of(plan.world), DRIFT_RADIUS),
        )  # fmt: skip
        daily = product_drift([open_product(product).load()])
        with open_product(path) as scene, open_product(later) as second:
            seen = pair_drift([track_pair(scene, second)])
            sources = {
                "auto": Source(combined_drift([seen, daily]), "", ("pair", "product"), ()),
                "product": Source(daily, "", ("product",), ()),
                "none": Source(no_drift(), "", (), ()),
            }
            maps = {"true": true_leads(scene, world), "thresholds": thresholds(scene)}
            passes = [one_pass(world, seed, i) for i in range(len(LAG_MINUTES))]
            found = [
                labels_of_pass(track, truth, scene, source, leads).assign(map=name, drift=drift)
                for track, truth in passes
                for name, leads in maps.items()
                for drift, source in sources.items()
            ]
    return pd.concat(found, ignore_index=True)


def labels_of_pass(
    track: xr.Dataset, truth: np.ndarray, scene: xr.Dataset, source: Source, leads: LeadFinder
) -> pd.DataFrame:
    how = Collocating(max_lag_s=4 * 3600.0, lead_distances_m=(500.0,))
    (columns,) = collocate_tracks([track], scene, source, leads, how)
    frame = pd.DataFrame(columns)
    return frame.assign(truth=truth[frame["record"]] if len(frame) else [])


def one_pass(world: World, seed: int, i: int) -> tuple[xr.Dataset, np.ndarray]:
    """Return a straight pass through the world, and the true distances of its records."""
    rng = np.random.default_rng([seed, i])
    lag = 60.0 * LAG_MINUTES[i] * rng.uniform(0.8, 1.2) * rng.choice([-1, 1])
    course, offset = rng.uniform(0.0, 2.0 * np.pi), rng.uniform(-4_000.0, 4_000.0, 2)
    along = STEP * (np.arange(RECORDS) - RECORDS / 2)
    x, y = np.array(centre_of(world.plan)) + offset
    x, y = x + along * np.cos(course), y + along * np.sin(course)
    longitude, latitude = inverse(NORTH, x, y)
    seconds = lag + 0.05 * np.arange(RECORDS)
    track = make_track(
        EPOCH + np.rint(seconds * 1e9).astype("timedelta64[ns]"),
        {"longitude": longitude, "latitude": latitude},
        {
            "mission": "al", "mode": "LRM", "product": "none", "baseline": "none",
            "track_id": f"{seed}_{i}", "rate_hz": 20, "source": "none",
        },
    )  # fmt: skip
    return track, distance_to_wide_lead(world, x, y, lag)


def distance_to_wide_lead(world: World, x: np.ndarray, y: np.ndarray, t: float) -> np.ndarray:
    """Return the ground distance [m] to leads that are ``SEEN_WIDTH`` wide where closest."""
    centre_x, centre_y = centre_of(world.plan)
    size = round(TRUTH_EXTENT / TRUTH_PIXEL)
    axis = (np.arange(size) - (size - 1) / 2) * TRUTH_PIXEL
    wide = in_wide_lead(world, *np.meshgrid(centre_x + axis, centre_y + axis), t)
    line, sample = ((p - c - axis[0]) / TRUTH_PIXEL for p, c in ((y, centre_y), (x, centre_x)))
    ground = TRUTH_PIXEL / scale_factor(NORTH, world.plan.latitude)
    return nearest(build(wide), line, sample, ground, ground, np.inf).distance


def in_wide_lead(world: World, x: np.ndarray, y: np.ndarray, t: float) -> np.ndarray:
    """Return which places are in leads that are ``SEEN_WIDTH`` wide there."""
    place = drift_frame(world.motion, x, y, t)
    leads = leads_at(world.leads, t)
    lead, _, _ = meet_leads(leads, *place)
    return lead_width(leads, lead, *place) >= SEEN_WIDTH


def true_leads(scene: xr.Dataset, world: World) -> LeadFinder:
    place = scene_geolocation(scene)
    line, sample = np.indices((scene.sizes["line"], scene.sizes["sample"]))
    share = np.zeros((scene.sizes["line"], scene.sizes["sample"]), dtype=np.float32)
    for down in PARTS:
        for across in PARTS:
            x, y = image_to_plane(place, line + down, sample + across)
            share += in_wide_lead(world, x, y, 0.0) / np.float32(len(PARTS) ** 2)
    return of_map(share, LEVELS)


def thresholds(scene: xr.Dataset) -> LeadFinder:
    return of_map(lead_map(scene.load(), FITTED)["lead_probability"].values, TWO_PIXEL_LEVELS)


def of_map(probability: np.ndarray, levels: tuple[float, ...]) -> LeadFinder:
    """Return the finder that looks windows of a scene up in a map of all of it."""
    whole = xr.DataArray(probability, dims=("line", "sample"))

    def find(window: xr.Dataset) -> xr.Dataset:
        first = int(window["line"][0]), int(window["sample"][0])
        last = first[0] + window.sizes["line"], first[1] + window.sizes["sample"]
        return xr.Dataset({"lead_probability": whole[first[0] : last[0], first[1] : last[1]]})

    return LeadFinder(find, lambda spacing: 0, 0.5, "benchmark", levels)


if __name__ == "__main__":
    main(SEEDS)
