"""Splits: no scene, pass or day in two parts, and the shares that were asked for."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from iceco.models.training.splits import (
    REGIONS,
    TEST,
    TRAINING,
    UNUSED,
    VALIDATION,
    Box,
    blocks,
    held_out,
    purged,
    split,
)


@st.composite
def meetings(draw, most=40):
    """Ids of scene, pass and day of some rows."""
    rows = draw(st.integers(1, most))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    return tuple(random.integers(0, draw(st.integers(1, 2 * rows)), rows) for _ in range(3))


def joined(keys):
    """The slow twin of ``blocks``: join rows that share an id until nothing changes."""
    block = np.arange(len(keys[0]))
    before = None
    while before is None or (block != before).any():
        before = block.copy()
        for key in keys:
            for each in np.unique(key):
                block[key == each] = block[key == each].min()
    return np.unique(block, return_inverse=True)[1]


@given(meetings())
def test_blocks_are_those_of_the_slow_twin(keys):
    assert np.array_equal(blocks(*keys), joined(keys))


@given(meetings())
def test_rows_that_share_an_id_are_of_one_block(keys):
    block = blocks(*keys)
    for key in keys:
        for each in np.unique(key):
            assert len(set(block[key == each])) == 1


def test_a_chain_of_shared_ids_joins_its_ends():
    scene = np.array(["A", "A", "B", "C"])
    track = np.array(["p", "q", "q", "r"])
    day = np.array(["2019-03-01", "2019-03-01", "2019-03-02", "2019-03-03"], dtype="datetime64[D]")
    assert blocks(scene, track, day).tolist() == [0, 0, 0, 1]


def test_missing_ids_join_nobody():
    scene = np.array([None, None, "B", None], dtype=object)
    day = np.array(["2019-03-01", "2019-03-02", "2019-03-02", "NaT"], dtype="datetime64[D]")
    assert blocks(scene, day).tolist() == [0, 1, 1, 2]
    assert blocks(np.array([np.nan, 1.0, 1.0]), np.array([5, 6, 7])).tolist() == [0, 1, 1]


def test_no_rows_have_no_blocks():
    assert blocks(np.array([], dtype=object), np.array([], dtype=int)).tolist() == []


@settings(max_examples=60)
@given(meetings(), st.integers(0, 5))
def test_no_scene_pass_or_day_is_in_two_parts(keys, seed):
    try:
        part = split(blocks(*keys), seed=seed)
    except ValueError as error:
        assert "cannot be divided" in str(error)
        return
    assert set(part.tolist()) == {TRAINING, VALIDATION, TEST}
    for key in keys:
        for each in np.unique(key):
            assert len(set(part[key == each].tolist())) == 1


@settings(max_examples=60)
@example([1, 1, 1, 15, 15, 15, 1, 1, 1, 1, 1, 1], (0.7, 0.15, 0.15), 0)
@given(
    st.lists(st.integers(1, 20), min_size=12, max_size=60),
    st.sampled_from([(0.7, 0.15, 0.15), (0.5, 0.25, 0.25), (0.8, 0.2, 0.0)]),
    st.integers(0, 9),
)
def test_shares_are_met_to_a_block(sizes, shares, seed):
    block = np.repeat(np.arange(len(sizes)), sizes)
    part = split(block, shares, seed)
    got = np.bincount(part, minlength=3) / len(block)
    assert np.abs(got - shares).max() <= max(sizes) / len(block)


def test_shares_of_many_blocks_are_met_closely():
    sizes = np.random.default_rng(0).integers(50, 500, 200)
    part = split(np.repeat(np.arange(200), sizes))
    got = np.bincount(part) / sizes.sum()
    assert np.allclose(got, (0.7, 0.15, 0.15), atol=0.005)


def test_a_split_follows_from_its_seed():
    block = np.repeat(np.arange(50), 7)
    assert np.array_equal(split(block, seed=1), split(block, seed=1))
    assert not np.array_equal(split(block, seed=1), split(block, seed=2))


def test_large_blocks_come_into_any_part():
    block = np.repeat(np.arange(30), [40, *[10] * 29])
    parts = {int(split(block, seed=seed)[0]) for seed in range(40)}
    assert parts == {TRAINING, VALIDATION, TEST}


def test_three_blocks_are_enough_and_two_are_not():
    assert sorted(split(np.array([0, 1, 2])).tolist()) == [0, 1, 2]
    with pytest.raises(ValueError, match="they are 2 blocks that share no scene, pass or day"):
        split(np.array([0, 1]))
    assert sorted(split(np.array([0, 1]), (0.5, 0.5, 0.0)).tolist()) == [0, 1]


def test_one_giant_block_cannot_be_divided():
    with pytest.raises(ValueError, match=r"1 block that .* largest with 100% of the rows; add"):
        split(np.zeros(500, dtype=int))
    giant = np.r_[np.zeros(960, dtype=int), np.repeat([1, 2, 3, 4], 10)]
    with pytest.raises(ValueError, match="the largest with 96% of the rows"):
        split(giant)
    with pytest.raises(ValueError, match="0 blocks"):
        split(np.array([], dtype=int))


@pytest.mark.parametrize("shares", [(0.7, 0.2, 0.2), (1.2, -0.2, 0.0), (0.5, 0.5)])
def test_shares_must_add_up(shares):
    with pytest.raises(ValueError, match="three shares that add up to 1"):
        split(np.arange(9), shares)


def test_what_is_held_out_is_the_test_and_its_blocks_teach_nothing():
    block = np.repeat(np.arange(40), 5)
    held = np.zeros(200, dtype=bool)
    held[[0, 1, 2, 10]] = True
    part = split(block, held=held)
    assert (part[held] == TEST).all()
    assert (part[np.isin(block, [0, 2]) & ~held] == UNUSED).all()
    rest = part[~np.isin(block, [0, 2])]
    assert set(rest.tolist()) == {TRAINING, VALIDATION}
    assert np.mean(rest == TRAINING) == pytest.approx(0.7 / 0.85, abs=5 / 190)


@pytest.mark.parametrize(("every", "what"), [(False, "nothing"), (True, "everything")])
def test_holding_out_nothing_or_everything_is_refused(every, what):
    with pytest.raises(ValueError, match=f"{what} is held out"):
        split(np.arange(10), held=np.full(10, every))


def test_winters_begin_in_july_in_the_north_and_in_january_in_the_south():
    time = np.array(["2019-06-30T23:59:59", "2019-07-01", "2020-06-30", "2020-07-01"], "M8[ns]")
    zero = np.zeros(4)
    assert held_out(time, zero, zero + 80, [2019]).tolist() == [False, True, True, False]
    assert held_out(time, zero, zero - 70, [2020]).tolist() == [False, False, True, True]
    early = np.array(["1969-12-31", "1970-01-01"], "M8[s]")
    assert held_out(early, zero[:2], zero[:2] - 70, [1969]).tolist() == [True, False]


def test_regions_are_boxes_also_across_the_date_line():
    time = np.full(5, np.datetime64("2020-01-01"))
    longitude = np.array([-140.0, -170.0, 179.9, -180.0, 220.0])
    latitude = np.array([75.0, 70.0, 70.0, 66.0, 75.0])
    inside = held_out(time, longitude, latitude, regions=["beaufort sea"])
    assert inside.tolist() == [True, False, False, False, True]
    assert held_out(time, longitude, latitude, regions=["chukchi sea"]).tolist() == [
        False, True, False, True, False,
    ]  # fmt: skip
    own = Box(170.0, 60.0, -160.0, 80.0)
    assert held_out(time, longitude, latitude, regions=[own]).tolist() == [
        False, True, True, True, False,
    ]  # fmt: skip
    everywhere = held_out(time, longitude, np.maximum(latitude, 83.0), regions=["central arctic"])
    assert everywhere.all()


def test_winters_and_regions_add_up():
    time = np.array(["2019-12-01", "2018-12-01", "2018-12-01"], "M8[ns]")
    longitude, latitude = np.array([0.0, -140.0, 60.0]), np.full(3, 75.0)
    mask = held_out(time, longitude, latitude, [2019], ["beaufort sea"])
    assert mask.tolist() == [True, True, False]


def test_unknown_regions_are_refused():
    with pytest.raises(ValueError, match="no region 'atlantis'; choose of central arctic"):
        held_out(np.array(["2020-01-01"], "M8[D]"), np.zeros(1), np.zeros(1), regions=["atlantis"])
    assert all(box.south < box.north for box in REGIONS.values())


@given(meetings(), st.integers(0, 3))
def test_parts_that_are_purged_share_nothing(keys, seed):
    part = np.random.default_rng(seed).integers(UNUSED, TEST + 1, len(keys[0])).astype(np.int8)
    pure = purged(part, *keys)
    taken = pure != part
    assert (pure[taken] == UNUSED).all()
    shared = np.zeros(len(part), dtype=bool)
    for key in keys:
        for each in np.unique(key):
            rows = (key == each) & (part != UNUSED)
            assert len(set(pure[(key == each) & (pure != UNUSED)].tolist())) <= 1
            shared |= rows & (len(set(part[rows].tolist())) > 1)
    assert np.array_equal(taken, shared)  # and nothing else is lost


def test_days_chained_at_midnight_are_split_at_little_loss():
    """Passes of 100 days, 12 a day; the last of each meets the first scene of the next day."""
    track = np.repeat(np.arange(1200), 2)
    scene = (np.arange(2400) + 1) // 2
    day = np.arange(2400) // 24
    with pytest.raises(ValueError, match="1 block"):
        split(blocks(scene, track, day))
    part = purged(split(blocks(day)), scene, track)
    assert np.mean(part == UNUSED) < 0.05
    assert set(part[part != UNUSED].tolist()) == {TRAINING, VALIDATION, TEST}


def test_rows_without_ids_are_not_purged():
    part = np.array([0, 1, 2], dtype=np.int8)
    assert purged(part, np.array([None, None, None], dtype=object)).tolist() == [0, 1, 2]
    assert purged(part, np.array([None, "a", "a"], dtype=object)).tolist() == [0, -1, -1]
    assert purged(part[:0], np.array([], dtype=object)).tolist() == []
