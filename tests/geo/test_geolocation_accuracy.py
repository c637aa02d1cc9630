"""How well a real EW scene is located: 80 N, sea beside ice caps that rise to 670 m.

The annotated grid and the zero-Doppler solution are two views of one geometry.  Figures of the
scene stand beside each bound.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from defusedxml import ElementTree

from iceco.geo.ground_range import RangeConversion, ground_to_slant_range, update_lines
from iceco.geo.orbit import (
    Orbit,
    ecef_to_geodetic,
    geodetic_to_ecef,
    locate,
    sea_level_grid_from_orbit,
    state,
    zero_doppler,
)
from iceco.geo.polar import NORTH, forward
from iceco.geo.swath import Geolocation, fit_geolocation, image_to_plane, sea_level_grid

SPEED_OF_LIGHT = 299_792_458.0  # m / s
SCENE = "S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15.SAFE"


@dataclass
class Annotation:
    """What an annotation says of geometry; times in seconds after the first line."""

    line: np.ndarray
    sample: np.ndarray
    longitude: np.ndarray
    latitude: np.ndarray
    height: np.ndarray
    incidence: np.ndarray
    slant_range: np.ndarray
    time: np.ndarray
    orbit: Orbit
    conversion: RangeConversion
    line_interval: float
    line_count: int
    pixel_spacing: float

    @property
    def sea(self) -> np.ndarray:
        return self.height < 1.0

    @property
    def annotated(self) -> tuple[np.ndarray, np.ndarray]:
        return forward(NORTH, self.longitude, self.latitude)

    @property
    def from_orbit(self) -> tuple[np.ndarray, np.ndarray]:
        return sea_level_grid_from_orbit(self.orbit, self.time, self.slant_range, NORTH)

    @property
    def delay(self) -> np.ndarray:
        """Zero-Doppler time of each column minus the time of its line."""
        return (self.time - self.line[:, None] * self.line_interval).mean(axis=0)

    def zero_doppler_grid(self, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Locate pixels by orbit and ground range alone, without the annotated nodes."""
        t = line * self.line_interval
        ground = ground_to_slant_range(self.conversion, t, self.sample * self.pixel_spacing)
        return sea_level_grid_from_orbit(self.orbit, t[:, None] + self.delay, ground, NORTH)

    def without_nodes(self) -> Geolocation:
        line = update_lines(self.conversion, 0.0, self.line_interval, self.line_count)
        return fit_geolocation(line, self.sample, *self.zero_doppler_grid(line), NORTH)


@pytest.fixture(scope="module")
def scene(sample_data) -> Annotation:
    (path,) = (sample_data / "sar" / "safe" / SCENE / "annotation").glob("*-hh-*.xml")
    root = ElementTree.parse(path).getroot()
    first = np.datetime64(root.findtext(".//productFirstLineUtcTime"), "ns")

    def numbers(records: list, tag: str) -> np.ndarray:
        return np.array([record.findtext(tag).split() for record in records], dtype=float).squeeze()

    def seconds(records: list, tag: str) -> np.ndarray:
        utc = np.array([record.findtext(tag) for record in records], dtype="datetime64[ns]")
        return (utc - first) / np.timedelta64(1, "s")

    points = root.findall(".//geolocationGridPoint")
    states = root.findall(".//orbitList/orbit")
    updates = root.findall(".//coordinateConversionList/coordinateConversion")
    line, sample = (np.unique(numbers(points, tag)) for tag in ("line", "pixel"))
    shape = (line.size, sample.size)

    def grid(tag: str) -> np.ndarray:
        return numbers(points, tag).reshape(shape)

    def vectors(tag: str) -> np.ndarray:
        return np.stack([numbers(states, f"{tag}/{axis}") for axis in "xyz"], axis=1)

    return Annotation(
        line=line,
        sample=sample,
        longitude=grid("longitude"),
        latitude=grid("latitude"),
        height=grid("height"),
        incidence=grid("incidenceAngle"),
        slant_range=grid("slantRangeTime") * SPEED_OF_LIGHT / 2,
        time=seconds(points, "azimuthTime").reshape(shape),
        orbit=Orbit(first, seconds(states, "time"), vectors("position"), vectors("velocity")),
        conversion=RangeConversion(
            seconds(updates, "azimuthTime"),
            numbers(updates, "gr0"),
            numbers(updates, "grsrCoefficients"),
        ),
        line_interval=float(root.findtext(".//azimuthTimeInterval")),
        line_count=int(root.findtext(".//numberOfLines")),
        pixel_spacing=float(root.findtext(".//rangePixelSpacing")),
    )


def rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def apart(a: tuple[np.ndarray, np.ndarray], b: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    return np.hypot(*np.subtract(a, b))


def test_annotated_nodes_solve_the_range_doppler_equations(scene):
    nodes = geodetic_to_ecef(*(g.ravel() for g in (scene.longitude, scene.latitude, scene.height)))
    t, slant_range = zero_doppler(scene.orbit, nodes)
    assert rms(t - scene.time.ravel()) < 2e-6  # 0.96 us
    assert rms(slant_range - scene.slant_range.ravel()) < 1e-3  # 0.16 mm
    found = locate(scene.orbit, scene.time.ravel(), scene.slant_range.ravel(), scene.height.ravel())
    assert rms(np.linalg.norm(found - nodes, axis=1)) < 0.02  # 6.5 mm


def test_each_column_has_its_own_bistatic_delay(scene):
    delay = scene.time - scene.line[:, None] * scene.line_interval
    assert np.ptp(delay) == pytest.approx(0.77e-3, abs=0.01e-3)
    assert delay.std(axis=0).max() < 1e-6
    half_range_time = scene.slant_range / SPEED_OF_LIGHT
    middle = 0.5 * (half_range_time[:, :1] + half_range_time[:, -1:])
    assert np.abs(delay - (half_range_time - middle)).max() < 2e-6


def test_orbit_vectors_foretell_one_left_out(scene):
    orbit = scene.orbit
    errors = []
    for k in range(1, orbit.time.size - 1):
        rest = np.delete(np.arange(orbit.time.size), k)
        around = Orbit(orbit.epoch, orbit.time[rest], orbit.position[rest], orbit.velocity[rest])
        position, _ = state(around, orbit.time[k : k + 1])
        errors.append(np.linalg.norm(position - orbit.position[k]))
    assert max(errors) < 0.02  # 9 mm over a gap of 20 s; 16 times less over 10 s


def test_over_sea_the_orbit_puts_nodes_where_they_are_annotated(scene):
    assert rms(apart(scene.from_orbit, scene.annotated)[scene.sea]) < 0.02  # 6.5 mm


def test_terrain_height_misplaces_annotated_nodes_on_land_and_its_removal_heals_that(scene):
    land = ~scene.sea
    healed = sea_level_grid(
        scene.line,
        scene.sample,
        scene.longitude,
        scene.latitude,
        scene.height,
        scene.incidence,
        scene.pixel_spacing,
        NORTH,
    )
    assert rms(apart(scene.annotated, scene.from_orbit)[land]) > 500.0  # 618 m
    assert rms(apart(healed, scene.from_orbit)[land]) < 2.0  # 1.1 m, at most 3.3 m
    assert rms(apart(healed, scene.annotated)[scene.sea]) < 0.01


def test_every_node_over_sea_is_found_within_ten_metres_without_any_node(scene):
    found = image_to_plane(scene.without_nodes(), scene.line[:, None], scene.sample)
    assert rms(apart(found, scene.annotated)[scene.sea]) < 10.0  # 6.6 m, at most 23 m


def test_what_is_left_is_the_stair_of_the_processors_range_polynomials(scene):
    """The annotated grid uses the nearest update of each line, the geolocation runs between."""
    t = scene.line * scene.line_interval
    nearest = scene.conversion.time[np.abs(t[:, None] - scene.conversion.time).argmin(axis=1)]
    ground_range = scene.sample * scene.pixel_spacing
    stair = ground_to_slant_range(scene.conversion, nearest, ground_range)
    assert np.abs(stair - scene.slant_range).max() < 1e-6
    stepped = sea_level_grid_from_orbit(scene.orbit, t[:, None] + scene.delay, stair, NORTH)
    assert rms(apart(stepped, scene.annotated)[scene.sea]) < 0.02


def test_far_from_land_annotated_nodes_held_back_are_found_within_ten_metres(scene):
    every_other = (slice(10, None, 2), slice(None, None, 2))
    x, y = (g[every_other] for g in scene.from_orbit)
    coarse = fit_geolocation(scene.line[10::2], scene.sample[::2], x, y, NORTH)
    found = image_to_plane(coarse, scene.line[10:, None], scene.sample)
    held_back = np.ones((13, 21), dtype=bool)
    held_back[::2, ::2] = False
    truth = tuple(g[10:] for g in scene.annotated)
    assert rms(apart(found, truth)[held_back]) < 10.0


def test_mid_cell_pixels_lie_where_the_zero_doppler_solution_says(scene):
    middle = 0.5 * (scene.line[1:] + scene.line[:-1])
    truth = scene.zero_doppler_grid(middle)
    found = image_to_plane(scene.without_nodes(), middle[:, None], scene.sample)
    assert rms(apart(found, truth)) < 2.0
    nodes = fit_geolocation(scene.line, scene.sample, *scene.from_orbit, NORTH)
    found = image_to_plane(nodes, middle[:, None], scene.sample)
    assert 5.0 < rms(apart(found, truth)) < 15.0  # the nodes cannot follow the updates
    far_from_land = middle > 6000.0
    assert rms(apart(found, truth)[far_from_land]) < 4.0


def test_the_sea_is_at_height_zero(scene):
    points = locate(scene.orbit, scene.time.ravel(), scene.slant_range.ravel())
    assert np.abs(ecef_to_geodetic(points)[2]).max() < 1e-6
