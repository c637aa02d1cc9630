"""A made-up EW scene, planned: its place and time, its geometry, and what its files are called."""

import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ...geo.orbit import state
from .annotation import GeolocationGrid, SwathBlock
from .flight import View, utc
from .geometry import SceneGeometry, Terrain, geolocation_grid, scene_geometry
from .instrument import Radiometry, ew_radiometry, swath_blocks

MISSION = "S1A"
#: An orbit of Sentinel-1A from which the others are counted: its number, and its ascending node.
KNOWN_ORBIT = 46117
KNOWN_NODE = np.datetime64("2022-11-30T01:16:55.454412", "us")
REPEAT_CYCLE = np.timedelta64(12 * 86400, "s")  # 175 orbits, Sentinel-1 User Handbook
ORBITS_PER_CYCLE = 175

#: Product class of each set of polarisations.
POLARISATION_CLASSES = {
    ("HH",): "SH",
    ("VV",): "SV",
    ("HH", "HV"): "DH",
    ("VV", "VH"): "DV",
}


@dataclass(frozen=True)
class EwScene:
    """Everything about a scene but its pixels."""

    view: View
    geometry: SceneGeometry
    grid: GeolocationGrid
    blocks: tuple[SwathBlock, ...]
    first_slice: bool
    processor_version: str

    @property
    def start(self) -> np.datetime64:
        """Time of the first line, UTC."""
        return self.line_time(0)

    @property
    def stop(self) -> np.datetime64:
        """Time of the last line, UTC."""
        return self.line_time(self.view.lines - 1)

    @property
    def ascending(self) -> bool:
        """Whether the satellite flies northwards at the scene's centre."""
        return bool(state(self.geometry.orbit, np.zeros(1))[1][0, 2] > 0.0)

    def line_time(self, line: float) -> np.datetime64:
        """Return the zero-Doppler time of a line, UTC, in whole microseconds."""
        geometry = self.geometry
        seconds = geometry.first_line_time + line * geometry.line_interval
        return np.datetime64(utc(geometry.orbit, seconds), "us")


class Identity(NamedTuple):
    """What a product's names are made of."""

    mission: str  # S1A
    polarisations: tuple[str, ...]  # HH HV, in the order of the image numbers
    start: np.datetime64
    stop: np.datetime64
    orbit: int
    data_take: int


def plan_scene(
    view: View,
    terrain: Terrain | None = None,
    first_slice: bool = True,
    processor_version: str = "003.52",
) -> EwScene:
    """Return a scene to be written, or to be asked where its pixels are.

    Parameters
    ----------
    view : View
        Place, time, size and direction of flight.
    terrain : function of (longitude, latitude), optional
        Height [m] of the ground; 0 without.  The tie points carry it, the image does not move.
    first_slice : bool
        Whether the sub-swaths start one after the other, as at the start of a data take.
    processor_version : str
        Of the IPF; before "002.90" the noise has the old format, without scalloping.

    Raises
    ------
    ValueError
        If the processor version is not written as the manifest has it.
    """
    if not re.fullmatch(r"\d{3}\.\d{2}", processor_version):
        raise ValueError(f"a processor version looks like 003.52, got {processor_version!r}")
    geometry = scene_geometry(view)
    return EwScene(
        view,
        geometry,
        geolocation_grid(geometry, terrain),
        swath_blocks(view.lines, view.samples, first_slice),
        first_slice,
        processor_version,
    )


def scene_radiometry(scene: EwScene, polarisation: str) -> Radiometry:
    """Return calibration, noise and sub-swaths of one polarisation of a planned scene."""
    return ew_radiometry(
        scene.geometry, polarisation, scene.blocks, scalloping=scene.processor_version >= "002.90"
    )


def scene_identity(scene: EwScene, polarisations: tuple[str, ...]) -> Identity:
    """Return what the names of a scene's files are made of.

    Raises
    ------
    ValueError
        If no product has just these polarisations in this order.
    """
    polarisation_class(polarisations)
    since = (scene.start - KNOWN_NODE) / REPEAT_CYCLE * ORBITS_PER_CYCLE
    orbit = max(1, KNOWN_ORBIT + int(np.floor(since)))
    return Identity(MISSION, polarisations, scene.start, scene.stop, orbit, 8 * orbit)


def polarisation_class(polarisations: tuple[str, ...]) -> str:
    """Return the letters by which names tell the polarisations: DH for HH and HV.

    Raises
    ------
    ValueError
        If no product has just these polarisations in this order.
    """
    if polarisations not in POLARISATION_CLASSES:
        known = ", ".join(" and ".join(names) for names in POLARISATION_CLASSES)
        raise ValueError(f"an EW product has {known}, got {' and '.join(polarisations) or 'none'}")
    return POLARISATION_CLASSES[polarisations]


def relative_orbit(orbit: int) -> int:
    """Return the relative orbit of an absolute one of Sentinel-1A."""
    return (orbit - 73) % ORBITS_PER_CYCLE + 1


def file_stem(identity: Identity, polarisation: str) -> str:
    """Return the name, without ending, of the files of one polarisation."""
    number = identity.polarisations.index(polarisation) + 1
    start, stop = _stamp(identity.start), _stamp(identity.stop)
    return (
        f"{identity.mission}-ew-grd-{polarisation}-{start}-{stop}-"
        f"{identity.orbit:06d}-{identity.data_take:06x}-{number:03d}"
    ).lower()


def file_places(stem: str) -> dict[str, str]:
    """Return where in the product the files of one polarisation are, by their kind."""
    return {
        "product": f"./annotation/{stem}.xml",
        "noise": f"./annotation/calibration/noise-{stem}.xml",
        "calibration": f"./annotation/calibration/calibration-{stem}.xml",
        "measurement": f"./measurement/{stem}.tiff",
    }


def folder_name(identity: Identity, checksum: int) -> str:
    """Return the name of the product; ``checksum`` is the CRC-16 of its manifest."""
    kind = polarisation_class(identity.polarisations)
    start, stop = _stamp(identity.start), _stamp(identity.stop)
    return (
        f"{identity.mission}_EW_GRDM_1S{kind}_{start}_{stop}_"
        f"{identity.orbit:06d}_{identity.data_take:06X}_{checksum:04X}.SAFE"
    )


def _stamp(time: np.datetime64) -> str:
    """Return a time as the names say it: cut to the second."""
    return str(time.astype("datetime64[s]")).replace("-", "").replace(":", "")
