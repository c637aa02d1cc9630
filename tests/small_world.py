"""A small scene and a track over it, in memory, with leads where they were put."""

import numpy as np
import xarray as xr

from iceco.collocate.corridor import LeadFinder
from iceco.geo.polar import NORTH, PolarPlane, inverse, scale_factor
from iceco.products.canonical import make_scene, make_track

SIZE = 400
PIXEL = 40.0
START = np.datetime64("2023-05-01T12:00:00", "ns")
LINE_STEP = np.timedelta64(6_004_712, "ns")
CENTRE = (300e3, -900e3)


def scene(
    leads: np.ndarray, plane: PolarPlane = NORTH, centre=CENTRE, turn=0.5, unseen=None
) -> xr.Dataset:
    """An image whose HH is 1 in leads and 0.1 elsewhere, nan where ``unseen``."""
    lines, samples = leads.shape
    node_line, node_sample = np.linspace(0, lines - 1, 5), np.linspace(0, samples - 1, 6)
    line, sample = np.meshgrid(node_line, node_sample, indexing="ij")
    _, latitude = inverse(plane, np.array(centre[0]), np.array(centre[1]))
    step = PIXEL * scale_factor(plane, latitude)
    down, right = (line - lines / 2) * step, (sample - samples / 2) * step
    hh = np.where(leads, 1.0, 0.1).astype(np.float32)
    if unseen is not None:
        hh[unseen] = np.nan
    return make_scene(
        {
            "sigma0_hh": hh,
            "incidence_angle": np.full(leads.shape, 30, np.float32),
            "valid": np.isfinite(hh),
        },
        START + np.arange(lines) * LINE_STEP,
        {
            "line": node_line,
            "sample": node_sample,
            "x": centre[0] + right * np.cos(turn) - down * np.sin(turn),
            "y": centre[1] + right * np.sin(turn) + down * np.cos(turn),
        },
        {
            "scene_id": "SMALL",
            "mission": "s1a",
            "mode": "EW",
            "polarisations": "HH",
            "crs": plane.crs,
            "pixel_spacing_line_m": PIXEL,
            "pixel_spacing_sample_m": PIXEL,
            "thermal_noise": "present",
            "source": "none",
        },
    )


def track(x: np.ndarray, y: np.ndarray, time: np.ndarray, plane: PolarPlane = NORTH) -> xr.Dataset:
    """A pass through points of the plane with echoes of eight gates."""
    longitude, latitude = inverse(plane, x, y)
    waveform = np.tile(np.arange(8, dtype=np.float32), (x.size, 1)) + np.arange(x.size)[:, None]
    return make_track(
        time,
        {"longitude": longitude, "latitude": latitude, "waveform": waveform.astype(np.float32)},
        {
            "mission": "al",
            "mode": "LRM",
            "product": "SGDR",
            "baseline": "F",
            "track_id": "al_001_0001",
            "rate_hz": 40,
            "source": "none",
            "gate_spacing_m": 0.31,
            "reference_gate": 4.0,
        },
    )


def known_leads() -> LeadFinder:
    """The finder that sees the planted leads of ``scene`` and nothing else."""

    def find(window: xr.Dataset) -> xr.Dataset:
        hh = window["sigma0_hh"]
        return xr.Dataset({"lead_probability": hh.where(hh.isnull(), hh > 0.5)})

    return LeadFinder(find, halo=lambda spacing: 2, threshold=0.5, description="planted")
