"""Windows: every block near a place is in one, and a slanting track costs little."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from iceco.collocate.windows import BLOCK, MOST, windows_around

SHAPE = (3_000, 2_500)


def blocks(windows, shape=SHAPE):
    held = np.zeros([-(-size // BLOCK) for size in shape], dtype=bool)
    for rows, columns in windows:
        held[rows.start // BLOCK : -(-rows.stop // BLOCK),
             columns.start // BLOCK : -(-columns.stop // BLOCK)] = True  # fmt: skip
    return held


def near(line, sample, pixels, shape=SHAPE):
    """The same, one place and one block after the other."""
    held = np.zeros([-(-size // BLOCK) for size in shape], dtype=bool)
    for i, j, (down, right) in zip(line, sample, pixels, strict=True):
        low = [
            int(np.clip(at, 0, size - 1)) // BLOCK
            for at, size in zip((i - down, j - right), shape, strict=True)
        ]
        high = [int(np.clip(at, 0, size - 1)) // BLOCK
                for at, size in zip((i + down, j + right), shape, strict=True)]  # fmt: skip
        held[low[0] : high[0] + 1, low[1] : high[1] + 1] = True
    return held


places = st.lists(
    st.tuples(
        st.floats(0, SHAPE[0] - 1), st.floats(0, SHAPE[1] - 1), st.integers(1, 900),
        st.integers(1, 900),
    ),
    min_size=1, max_size=8,
)  # fmt: skip


@settings(max_examples=60)
@given(places=places, halo=st.integers(0, 400))
def test_every_block_near_a_place_is_in_a_window_inside_the_image(places, halo):
    line, sample, down, right = np.array(places, dtype=np.float64).T
    pixels = np.stack([down, right], axis=-1).astype(np.int64)
    windows = windows_around(line, sample, pixels, SHAPE, halo)
    assert (blocks(windows) | ~near(line, sample, pixels)).all()
    for window in windows:
        for side, size in zip(window, SHAPE, strict=True):
            assert 0 <= side.start < side.stop <= size
            assert side.stop - side.start <= MOST * BLOCK


def test_a_slanting_track_costs_half_of_what_one_box_around_it_would():
    line = np.linspace(0, 9_999, 2_000)
    sample = 1_000 + 0.7 * line
    windows = windows_around(line, sample, np.full((2_000, 2), 280), (10_000, 10_000), 192)
    area = sum((a.stop - a.start + 384) * (b.stop - b.start + 384) for a, b in windows)
    assert area < 0.5 * 10_000 * (7_000 + 2 * 280)


def test_without_a_halo_nothing_is_looked_at_in_vain():
    line, sample = np.linspace(0, 2_999, 300), np.linspace(0, 2_499, 300)
    pixels = np.full((300, 2), 100)
    windows = windows_around(line, sample, pixels, SHAPE, 0)
    assert (blocks(windows) == near(line, sample, pixels)).all()
