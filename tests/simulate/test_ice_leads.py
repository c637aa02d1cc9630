"""The network of leads: widths, area and shape as asked for, and ice that keeps to its side."""

import pickle

import numpy as np
import pytest
import shapely
from naive import ice_leads as naive
from scipy.optimize import minimize_scalar

from iceco.simulate.ice.lead_columns import Leads
from iceco.simulate.ice.lead_cycle import DAY, HOUR, LifeSettings
from iceco.simulate.ice.lead_geometry import (
    drift_frame_of,
    greatest_widths,
    lead_width,
    meet_leads,
    outlines,
)
from iceco.simulate.ice.lead_life import leads_at
from iceco.simulate.ice.lead_lines import WidthLaw
from iceco.simulate.ice.leads import LeadSettings, draw_leads, network_of

CENTRE = (200_000.0, -800_000.0)
LIFE = LifeSettings()
#: Only what is open at the epoch, nearly: half as many leads.
BRIEF = LeadSettings(span=HOUR)


@pytest.fixture(scope="module")
def network():
    return draw_leads(3, LeadSettings(), CENTRE, 20_000.0)


def points(count, reach, seed=0):
    rng = np.random.default_rng(seed)
    return tuple(c + rng.uniform(-reach, reach, count) for c in CENTRE)


def one_lead(breadth=400.0, bend=0.0, slip_rate=0.0, direction=0.6, opened=-DAY, length=20_000.0):
    """A lead through CENTRE, with straight sides away from its tips, open at the epoch."""
    nodes = 81
    share = np.linspace(0.0, 1.0, nodes)
    cosine, sine = np.cos(direction), np.sin(direction)
    closing = opened + LIFE.opening_duration + 2 * DAY
    columns = (
        CENTRE[0] - 0.5 * length * cosine,
        CENTRE[1] - 0.5 * length * sine,
        direction, length, breadth, opened, closing, slip_rate, False, 5_000.0,
        length / (nodes - 1), nodes,
    )  # fmt: skip
    lead = Leads(
        *(np.array([c]) for c in columns),
        bend * np.sin(2 * np.pi * share),
        breadth * np.clip(5.0 * np.minimum(share, 1.0 - share), 0.0, 1.0),
    )
    return network_of(lead, LIFE, CENTRE, 20_000.0)


def places(network, s, n):
    """Places at s along the chord and n to its left."""
    cosine, sine = np.cos(network.direction[0]), np.sin(network.direction[0])
    return network.x0[0] + s * cosine - n * sine, network.y0[0] + s * sine + n * cosine


def along_and_across(network, x, y):
    cosine, sine = np.cos(network.direction[0]), np.sin(network.direction[0])
    dx, dy = x - network.x0[0], y - network.y0[0]
    return dx * cosine + dy * sine, dy * cosine - dx * sine


def material(leads, x, y):
    _, jump_x, jump_y = meet_leads(leads, x, y)
    return x - jump_x, y - jump_y


# What was asked for


def widths_met(leads, reach, spacing):
    """Widths of the leads, square to them, where lines across the square meet them, both ways."""
    at = np.arange(-reach, reach, spacing)
    ends = np.full_like(at, reach)
    first, last = np.stack([-ends, at], axis=1), np.stack([ends, at], axis=1)
    across = shapely.linestrings(np.stack([first, last], axis=1) + CENTRE)
    along = shapely.linestrings(np.stack([first, last], axis=1)[:, :, ::-1] + CENTRE)
    lines, polygons = np.concatenate([across, along]), outlines(leads)
    line, lead = shapely.STRtree(polygons).query(lines, predicate="intersects")
    parts, pair = shapely.get_parts(
        shapely.intersection(lines[line], polygons[lead]), return_index=True
    )
    middle = shapely.line_interpolate_point(parts, 0.5, normalized=True)
    return lead_width(leads, lead[pair], shapely.get_x(middle), shapely.get_y(middle))


def fitted_exponent(width, low, high):
    """Maximum likelihood of a power law cut at both ends, and its standard error."""
    logarithm = np.log(width[(width > low) & (width < high)])

    def cost(a):
        norm = (high ** (1 - a) - low ** (1 - a)) / (1 - a)
        return a * logarithm.mean() + np.log(norm)

    best = minimize_scalar(cost, bounds=(1.01, 4.0), method="bounded").x
    h = 1e-3
    curvature = (cost(best + h) + cost(best - h) - 2 * cost(best)) / h**2
    return best, 1.0 / np.sqrt(logarithm.size * curvature)


@pytest.mark.parametrize("exponent", [2.47, 1.8])
def test_widths_met_along_lines_follow_the_power_law_asked_for(exponent):
    settings, reach = BRIEF._replace(exponent=exponent), 120_000.0
    networks = (draw_leads(seed, settings, CENTRE, reach) for seed in (1, 2))
    widths = [widths_met(leads_at(network, 0.0), reach, 8_000.0) for network in networks]
    # Leads taper and open: that makes more narrower than the narrowest, fewer of the widest.
    fitted, error = fitted_exponent(np.concatenate(widths), settings.narrowest, 2_000.0)
    assert error < 0.04
    # Lines 8 km apart meet long leads more than once: fewer independent widths.
    assert fitted == pytest.approx(exponent, abs=3 * np.sqrt(2.0) * error)


def test_leads_cover_the_share_of_the_plane_asked_for():
    settings = BRIEF._replace(widest=2_000.0)  # or a few giants rule the sum
    reach = 80_000.0
    shares, unions = [], []
    for seed in range(8):
        polygons = outlines(leads_at(draw_leads(seed, settings, CENTRE, reach), 0.0))
        square = shapely.box(*(c - reach for c in CENTRE), *(c + reach for c in CENTRE))
        inside = shapely.intersection(polygons, square)
        shares.append(shapely.area(inside).sum() / square.area)
        unions.append(shapely.union_all(inside).area / square.area)
    error = np.std(shares, ddof=1) / np.sqrt(len(shares))
    assert error < 0.07 * settings.area_fraction
    assert np.mean(shares) == pytest.approx(settings.area_fraction, abs=3.5 * error)
    # Overlaps: 1 - exp(-0.024) at random makes 1 %, bursts some more.
    assert 0.93 < np.sum(unions) / np.sum(shares) < 0.995


def test_the_mean_of_the_width_law_is_its_integral():
    w = np.geomspace(30.0, 10_000.0, 200_001)
    for exponent in (1.4, 2.0, 2.47):
        pdf = w**-exponent
        expected = np.trapezoid(w * pdf, w) / np.trapezoid(pdf, w)
        assert WidthLaw(exponent, 30.0, 10_000.0).mean() == pytest.approx(expected, rel=1e-6)


def test_normal_scores_give_the_width_law():
    law = WidthLaw(2.47, 30.0, 10_000.0)
    width = law.of_score(np.array([-40.0, 0.0, 40.0]))
    middle = (0.5 * (30.0**-1.47 + 10_000.0**-1.47)) ** (-1 / 1.47)
    assert width == pytest.approx([30.0, middle, 10_000.0])


def test_leads_bend_and_taper_to_points(network):
    first, last = network.first_node[:-1], network.first_node[1:] - 1
    assert (network.breadth[first] == 0.0).all()
    assert network.breadth[last] == pytest.approx(0.0, abs=1e-6)
    assert (network.breadth >= 0.0).all()
    assert network.length.min() > 3_000.0
    assert network.length.max() < 65_000.0
    slope = np.diff(network.offset) / np.repeat(network.step, np.diff(network.first_node))[:-1]
    slope = np.delete(slope, last[:-1])
    narrow = np.delete(np.repeat(network.width < 100.0, np.diff(network.first_node)), last)
    assert np.abs(slope[narrow]).max() < 0.6
    assert 0.15 < slope[narrow].std() < 0.35


def test_many_leads_start_at_another(network):
    polygons = outlines(leads_at(network, 0.0))
    seen = np.flatnonzero(~shapely.is_empty(polygons))
    starts = shapely.points(network.x0[seen], network.y0[seen])
    tree = shapely.STRtree(polygons)
    start, lead = tree.query(starts, predicate="dwithin", distance=1.0)
    branches = np.unique(start[seen[start] != lead])
    assert 0.15 < branches.size / seen.size < 0.6


# Shapes and numbers agree


def test_the_leads_met_are_the_polygons(network):
    leads = leads_at(network, 0.0)
    x, y = points(20_000, 20_000.0)
    lead, _, _ = meet_leads(leads, x, y)
    polygons = outlines(leads)
    at, inside = shapely.STRtree(polygons).query(shapely.points(x, y), predicate="within")
    met = np.full(x.size, -1)
    for i in np.argsort(network.opened[inside]):  # the youngest last
        met[at[i]] = inside[i]
    assert (lead == met).all()
    assert (lead >= 0).sum() > 100


def test_the_kernel_agrees_with_the_words(network):
    for t in (0.0, 1.5 * DAY):
        leads = leads_at(network, t)
        x, y = points(60, 20_000.0, seed=1)
        polygons = outlines(leads)
        inside = shapely.point_on_surface(polygons[~shapely.is_empty(polygons)][:10])
        x, y = np.append(x, shapely.get_x(inside)), np.append(y, shapely.get_y(inside))
        keep = (np.abs(x - CENTRE[0]) < 20_000.0) & (np.abs(y - CENTRE[1]) < 20_000.0)
        lead, jump_x, jump_y = meet_leads(leads, x[keep], y[keep])
        naive_lead, naive_x, naive_y = naive.meet_leads(leads, x[keep], y[keep])
        assert (lead == naive_lead).all()
        assert (lead >= 0).any()
        assert jump_x == pytest.approx(naive_x, abs=1e-6)
        assert jump_y == pytest.approx(naive_y, abs=1e-6)


def test_widths_are_square_to_the_lead():
    leads = leads_at(one_lead(breadth=400.0, bend=500.0), 0.0)
    x, y = points(3_000, 8_000.0)
    lead, _, _ = meet_leads(leads, x, y)
    inside = lead >= 0
    width = lead_width(leads, lead, x, y)
    assert (width[~inside] == 0.0).all()
    s, _ = along_and_across(leads.network, x[inside], y[inside])
    level = (s > 4_000.0) & (s < 16_000.0)
    slope = 500.0 * 2 * np.pi / 20_000.0 * np.cos(2 * np.pi * s[level] / 20_000.0)
    assert width[inside][level] == pytest.approx(400.0 / np.hypot(1.0, slope), rel=2e-3)
    assert level.sum() > 50


def test_the_greatest_width_is_that_of_the_widest_place():
    leads = leads_at(one_lead(breadth=400.0), 0.0)
    assert greatest_widths(leads) == pytest.approx([400.0])
    assert greatest_widths(leads_at(one_lead(opened=DAY), 0.0)) == pytest.approx([0.0])


def test_shut_leads_have_no_outline_and_are_not_met():
    leads = leads_at(one_lead(opened=DAY), 0.0)
    assert shapely.is_empty(outlines(leads)).all()
    lead, jump_x, jump_y = meet_leads(leads, *points(1_000, 5_000.0))
    assert (lead == -1).all()
    assert (jump_x == 0.0).all()
    assert (jump_y == 0.0).all()


def test_where_leads_cross_the_youngest_counts():
    old, young = (one_lead(direction=d, opened=o) for d, o in ((0.5, -2 * DAY), (1.5, -DAY)))
    for pair, expected in (((old, young), 1), ((young, old), 0)):
        both = Leads(*(
            np.concatenate([getattr(p, f) if f != "nodes" else np.diff(p.first_node) for p in pair])
            for f in Leads._fields
        ))  # fmt: skip
        leads = leads_at(network_of(both, LIFE, CENTRE, 20_000.0), 0.0)
        lead, _, _ = meet_leads(leads, *(np.array([c]) for c in CENTRE))
        assert lead.tolist() == [expected]


def test_any_shape_goes_in_and_comes_out(network):
    leads = leads_at(network, 0.0)
    x, y = points(6, 10_000.0)
    lead, jump_x, _ = meet_leads(leads, x.reshape(2, 3), y.reshape(2, 3))
    assert lead.shape == jump_x.shape == (2, 3)
    assert lead.dtype == np.int32
    flat, _, _ = meet_leads(leads, x, y)
    assert (lead.ravel() == flat).all()


# How the ice moves


def test_both_sides_are_one_line_in_the_material():
    leads = leads_at(one_lead(bend=600.0, slip_rate=0.005), 1.0)
    s = np.linspace(2_000.0, 18_000.0, 40)
    network = leads.network
    line = np.interp(s, np.linspace(0.0, 20_000.0, 81), network.offset)
    half = 0.5 * np.interp(s, np.linspace(0.0, 20_000.0, 81), network.breadth) + 1e-6
    for side in (-1.0, 1.0):
        _, n = along_and_across(network, *material(leads, *places(network, s, line + side * half)))
        assert n == pytest.approx(line, abs=0.1)


def test_opening_takes_the_room_of_its_water_and_no_more():
    leads = leads_at(one_lead(breadth=400.0), 0.0)
    n = np.linspace(-6_000.0, 6_000.0, 12_001)
    _, across = along_and_across(
        leads.network, *material(leads, *places(leads.network, np.full_like(n, 9_100.0), n))
    )
    assert across[[0, -1]] == pytest.approx(n[[0, -1]])  # nothing has moved beyond the reach
    assert (np.diff(across) > -1e-6).all()  # and nothing has changed places
    water = np.diff(across) < 1e-6
    assert water.sum() == pytest.approx(400, abs=1)
    assert np.diff(across)[~water].sum() == pytest.approx(12_000.0)


@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_the_water_is_as_large_as_the_room_the_ice_beside_has_given(side):
    leads = leads_at(one_lead(breadth=400.0, bend=800.0), 0.0)
    network = leads.network
    s = np.linspace(2_000.0, 18_000.0, 4_001)
    node = np.linspace(0.0, 20_000.0, 81)
    half = 0.5 * np.interp(s, node, network.breadth)
    edge = np.interp(s, node, network.offset) + side * (half + 1e-6)
    beyond, n = np.full_like(s, side * 8_000.0), np.linspace(0.0, 1.0, 1_001)
    # Along the lead's edge, out to where nothing has moved, and back: a piece of ice.
    ring = places(
        network,
        np.concatenate([s, np.full_like(n, s[-1]), s[::-1], np.full_like(n, s[0])]),
        np.concatenate([
            edge,
            edge[-1] + n * (beyond[-1] - edge[-1]),
            beyond,
            beyond[0] + n * (edge[0] - beyond[0]),
        ]),
    )  # fmt: skip
    before = shapely.Polygon(np.stack(material(leads, *ring), axis=1)).area
    now = shapely.Polygon(np.stack(ring, axis=1)).area
    water = np.trapezoid(half, s)
    assert before - now == pytest.approx(water, rel=1e-3)


def test_ice_stays_on_its_side_as_a_lead_opens():
    network = one_lead(breadth=1_000.0, bend=500.0, slip_rate=0.01, opened=-HOUR)
    rng = np.random.default_rng(4)
    s, n = rng.uniform(1_000.0, 19_000.0, 300), rng.uniform(-3_000.0, 3_000.0, 300)
    line = np.interp(s, np.linspace(0.0, 20_000.0, 81), network.offset)
    side = np.sign(n - line)
    for t in (0.0, 4 * HOUR, 12 * HOUR, 2 * DAY):
        leads = leads_at(network, t)
        x, y = drift_frame_of(leads, *places(network, s, n))
        now_s, now_n = along_and_across(network, x, y)
        line_now = np.interp(now_s, np.linspace(0.0, 20_000.0, 81), network.offset)
        apart = np.abs(n - line) > 5.0
        assert (np.sign(now_n - line_now) == side)[apart].all()
        assert (meet_leads(leads, x, y)[0] == -1)[apart].all()


def test_the_sides_slip_past_each_other_by_the_slip():
    leads = leads_at(one_lead(slip_rate=0.01), 0.5 * DAY)
    assert leads.slip == pytest.approx([0.01 * 0.5 * DAY])
    middle = np.array([10_000.0, 10_000.0])
    edge = np.array([-200.0 - 1e-6, 200.0 + 1e-6])
    along, _ = along_and_across(
        leads.network, *material(leads, *places(leads.network, middle, edge))
    )
    assert along[0] - along[1] == pytest.approx(leads.slip[0], abs=1e-3)


def test_a_shut_lead_that_has_slipped_is_a_fault():
    network = one_lead(slip_rate=0.01, opened=-2.4 * DAY)
    leads = leads_at(network, DAY)
    assert leads.opening == pytest.approx([0.0])
    _, jump_x, jump_y = meet_leads(
        leads, *places(network, np.array([1e4, 1e4]), np.array([-1e-3, 1e-3]))
    )
    jump = jump_x * np.cos(0.6) + jump_y * np.sin(0.6)
    assert jump[1] - jump[0] == pytest.approx(leads.slip[0])
    assert leads.slip[0] > 0.0


def test_places_come_back_from_their_material(network):
    for t in (-2 * DAY, 0.0, 2 * DAY):
        leads = leads_at(network, t)
        x, y = points(4_000, 15_000.0)
        lead, jump_x, jump_y = meet_leads(leads, x, y)
        beside = lead == -1
        back_x, back_y = drift_frame_of(leads, (x - jump_x)[beside], (y - jump_y)[beside])
        apart = np.hypot(back_x - x[beside], back_y - y[beside])
        assert (apart < 0.01).mean() > 0.997
        found_x, found_y = material(leads, back_x, back_y)
        left = np.hypot(found_x - (x - jump_x)[beside], found_y - (y - jump_y)[beside])
        assert (left < 0.01).mean() > 0.998


def test_nothing_moves_in_steps_of_time(network):
    x, y = points(3_000, 20_000.0)
    for t in (-2 * DAY, 0.0, 1.3 * DAY):
        first, second = leads_at(network, t), leads_at(network, t + 1.0)
        before, after = (drift_frame_of(leads, x, y) for leads in (first, second))
        apart = np.hypot(after[0] - before[0], after[1] - before[1])
        # A lead 10 km wide opens at up to 0.2 m/s at its edge.
        assert (apart < 0.5).mean() > 0.998


# The same world, whoever asks


def test_leads_are_the_same_whatever_square_asks_for_them():
    settings = LeadSettings(area_fraction=0.01)
    wide = draw_leads(5, settings, CENTRE, 60_000.0)
    aside = draw_leads(5, settings, (CENTRE[0] + 25_000.0, CENTRE[1] - 10_000.0), 20_000.0)
    shared = np.flatnonzero(np.isin(wide.closing, aside.closing))
    # Every lead of the square within is there, in the same order.
    assert (wide.x0[shared] == aside.x0).all()
    assert (wide.closing[shared] == aside.closing).all()
    assert aside.x0.size > 30
    x, y = points(2_000, 20_000.0)
    x, y = x + 25_000.0, y - 10_000.0
    for t in (0.0, DAY):
        _, *jump = meet_leads(leads_at(wide, t), x, y)
        _, *jump_aside = meet_leads(leads_at(aside, t), x, y)
        assert np.array_equal(jump, jump_aside)


def test_another_seed_is_another_world(network):
    other = draw_leads(4, LeadSettings(), CENTRE, 20_000.0)
    assert not np.isin(other.closing, network.closing).any()


def test_a_network_survives_pickling(network):
    copy = pickle.loads(pickle.dumps(network))
    x, y = points(500, 20_000.0)
    assert np.array_equal(
        meet_leads(leads_at(copy, 0.0), x, y), meet_leads(leads_at(network, 0.0), x, y)
    )


def test_a_world_may_have_no_leads():
    leads = leads_at(draw_leads(1, LeadSettings(area_fraction=0.0), CENTRE, 10_000.0), 0.0)
    lead, _, _ = meet_leads(leads, *points(10, 10_000.0))
    assert (lead == -1).all()
    assert outlines(leads).size == greatest_widths(leads).size == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (LeadSettings(exponent=1.0), "exponent of widths must exceed 1"),
        (LeadSettings(narrowest=500.0, widest=400.0), "narrower than the widest"),
        (LeadSettings(narrowest=0.0), "narrower than the widest"),
        (LeadSettings(area_fraction=-0.1), "share must be 0 to 0.5"),
        (LeadSettings(span=0.0), "span must be longer"),
        (LeadSettings(life=LifeSettings(air_temperature=0.0)), "freeze in air below"),
        (LeadSettings(life=LifeSettings(closing_duration=30 * DAY)), "must take less than"),
    ],
)
def test_leads_that_cannot_be_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        draw_leads(1, settings, CENTRE, 10_000.0)
