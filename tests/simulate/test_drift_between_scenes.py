"""Two scenes of one world: the ice in them has moved as the truth says."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates
from simulated import small_plan

from iceco.geo.swath import plane_to_image
from iceco.products.canonical import scene_geolocation
from iceco.products.recognise import open_product
from iceco.simulate.sar.scene import write_scene
from iceco.simulate.world import build_world, centre_of, displacement, surface_of

EXTENT = 24_000.0
SPACING = 40.0  # m
HALF = 60  # pixels, half a template
SEARCH = 12  # pixels


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    plan = small_plan(seed=11, extent=EXTENT)
    world = build_world(plan.world)
    folder = tmp_path_factory.mktemp("pair")
    scenes = [
        open_product(write_scene(folder, surface_of(world), plan.world.epoch, view, i, 2, False))
        for i, view in enumerate(plan.scenes)
    ]
    return plan, world, scenes


def on_plane(scene, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """HV in dB at places of the plane, smoothed against speckle."""
    line, sample = plane_to_image(scene_geolocation(scene), x, y)
    power = gaussian_filter(np.nan_to_num(scene["sigma0_hv"].values), 1.5)
    image = map_coordinates(power, [line, sample], order=1, cval=1e-3)
    return 10.0 * np.log10(image.clip(1e-4))


def best_shift(template: np.ndarray, area: np.ndarray) -> np.ndarray:
    """The shift (rows, columns) of the template in an area by normalised cross-correlation."""
    size = area.shape[0] - template.shape[0] + 1
    template = (template - template.mean()) / template.std()
    score = np.empty((size, size))
    for i, j in np.ndindex(size, size):
        patch = area[i : i + template.shape[0], j : j + template.shape[1]]
        score[i, j] = np.mean(template * (patch - patch.mean()) / patch.std())
    return np.array(np.unravel_index(score.argmax(), score.shape)) - size // 2


def test_image_patches_move_as_the_truth_says(pair):
    plan, world, (first, second) = pair
    lag = (plan.scenes[1].time - plan.scenes[0].time) / np.timedelta64(1, "s")
    centre = centre_of(plan.world)
    errors = []
    for place in ((-4000.0, 0.0), (0.0, 0.0), (3000.0, 3000.0), (2000.0, -4000.0)):
        x0, y0 = centre[0] + place[0], centre[1] + place[1]
        moved = np.array(displacement(world, np.array([x0]), np.array([y0]), 0.0, lag))[:, 0]
        assert np.hypot(*moved) > 300.0
        steps = np.arange(-HALF, HALF) * SPACING
        wide = np.arange(-HALF - SEARCH, HALF + SEARCH) * SPACING
        template = on_plane(first, *np.meshgrid(x0 + steps, y0 + steps))
        area = on_plane(second, *np.meshgrid(x0 + moved[0] + wide, y0 + moved[1] + wide))
        errors.append(np.hypot(*best_shift(template, area)))
    # A patch is 5 km wide; across it the ice shears by some tens of metres.
    assert np.median(errors) <= 2.0, errors
    assert max(errors) <= 5.0, errors
