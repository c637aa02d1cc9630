"""The world put together: the same ice at every time, leads that open between it."""

import numpy as np
import pytest
from simulated import small_plan

from iceco.simulate.ice.lead_geometry import meet_leads
from iceco.simulate.ice.lead_life import leads_at
from iceco.simulate.ice.motion import drift_frame
from iceco.simulate.surface import FIRST_LEAD, Kind
from iceco.simulate.world import (
    build_world,
    centre_of,
    displacement,
    material,
    position,
    surface,
)

HOUR = 3600.0


@pytest.fixture(scope="module")
def world():
    return build_world(small_plan().world)


@pytest.fixture(scope="module")
def places(world):
    rng = np.random.default_rng(1)
    x, y = (c + rng.uniform(-20_000.0, 20_000.0, 4000) for c in centre_of(world.plan))
    return x, y


def test_the_ice_stays_what_it_is_while_it_drifts(world, places):
    seen = surface(world, *places, 0.0)
    ice = seen.kind < FIRST_LEAD
    ice_x, ice_y = material(world, *places, 0.0)
    later = surface(world, *position(world, ice_x, ice_y, 6 * HOUR), 6 * HOUR)
    still = ice & (later.kind < FIRST_LEAD)
    assert still.sum() > 0.99 * ice.sum()
    assert (later.kind == seen.kind)[still].mean() > 0.999
    # Positions are found to a centimetre: ice that varies over 40 m is the same to a per cent.
    change = np.abs(later.ice_freeboard - seen.ice_freeboard)[still]
    assert np.quantile(change, 0.99) < 0.01


def test_ice_goes_there_and_back(world, places):
    ice = surface(world, *places, 0.0).kind < FIRST_LEAD
    x, y = places[0][ice], places[1][ice]
    there_x, there_y = displacement(world, x, y, 0.0, 5 * HOUR)
    back = displacement(world, x + there_x, y + there_y, 5 * HOUR, 0.0)
    left_over = np.hypot(there_x + back[0], there_y + back[1])
    assert np.quantile(left_over, 0.999) < 0.1
    assert np.median(np.hypot(there_x, there_y)) > 200.0


def test_what_is_said_to_be_a_lead_lies_in_a_strip(world, places):
    seen = surface(world, *places, 2 * HOUR)
    lead, _, _ = meet_leads(
        leads_at(world.leads, 2 * HOUR), *drift_frame(world.motion, *places, 2 * HOUR)
    )
    assert ((seen.kind >= FIRST_LEAD) == (lead >= 0)).all()
    assert 0.005 < (lead >= 0).mean() < 0.08


def test_leads_have_no_snow_and_thin_ice_or_none(world, places):
    seen = surface(world, *places, 0.0)
    lead = seen.kind >= FIRST_LEAD
    assert (seen.snow_depth[lead] == 0).all()
    assert (seen.thickness[lead] <= 0.301).all()
    water = (seen.kind == Kind.CALM_WATER) | (seen.kind == Kind.ROUGH_WATER)
    assert (seen.thickness[water] < 0.0101).all()
    assert (np.abs(seen.ice_freeboard[water]) < 0.0012).all()


def test_a_place_is_the_same_whatever_is_asked_beside_it(world, places):
    together = surface(world, *places, HOUR)
    apart = surface(world, places[0][10:20], places[1][10:20], HOUR)
    assert (together.kind[10:20] == apart.kind).all()
    # Few places and many take different ways to the drift frame, 2 cm apart at most.
    for all_, few in zip(together[1:], apart[1:], strict=True):
        assert np.allclose(all_[10:20], few, rtol=5e-3, atol=5e-3)


def test_the_same_seed_gives_the_same_world_and_another_another(world, places):
    plan = small_plan().world
    again = surface(build_world(plan), *places, 0.0)
    other = surface(build_world(plan._replace(seed=8)), *places, 0.0)
    assert (again.thickness == surface(world, *places, 0.0).thickness).all()
    assert (again.thickness != other.thickness).mean() > 0.9
