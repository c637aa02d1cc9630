"""Edges of leads: exact where the image is clean, unmoved by how leads were found."""

import numpy as np
import pytest
from naive import edges as naive
from scipy.ndimage import binary_dilation, binary_erosion

from iceco.models.leads._kernels import move_edges
from iceco.models.leads.edges import edge_halo, sharpen_edges

ICE, DARK, BRIGHT = 0.04, 0.004, 0.16
SURE = 0.5, 0.7  # probabilities of what is called lead, and of what surely is one
SIDE = 61


def lead(width, slope):
    """A straight lead of ``width`` pixels across an image."""
    line, sample = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    return np.abs(sample - slope * line) * 2 < width * np.hypot(1, slope)


def found(mask):
    return np.where(mask, 0.9, 0.02).astype(np.float32)


def image(mask, water=DARK):
    return np.where(mask, water, ICE).astype(np.float32)


@pytest.mark.parametrize("water", [DARK, BRIGHT])
@pytest.mark.parametrize("slope", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("width", [3, 5, 9, 21])
def test_an_edge_found_too_far_out_is_brought_back(width, slope, water):
    mask = lead(width, slope)
    wide = binary_dilation(mask, iterations=2)
    sharp = sharpen_edges(found(wide), image(mask, water), 40.0, *SURE) >= 0.5
    inside = np.s_[5:-5, 5:-5]
    assert (sharp != mask)[inside].mean() < 0.002


@pytest.mark.parametrize("slope", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("width", [9, 21])
def test_an_edge_found_too_far_in_is_brought_out(width, slope):
    mask = lead(width, slope)
    sharp = (
        sharpen_edges(found(binary_erosion(mask, iterations=3)), image(mask), 40.0, *SURE) >= 0.5
    )
    assert (sharp != mask)[8:-8, 8:-8].mean() < 0.002


def test_what_only_may_be_lead_beside_a_clear_lead_is_asked_too():
    mask = lead(9, 0.4)
    probability = found(mask)
    probability[binary_dilation(mask, iterations=3) & ~mask] = 0.6
    sharp = sharpen_edges(probability, image(mask), 40.0, *SURE) >= 0.5
    assert (sharp == mask)[5:-5, 5:-5].all()


def test_where_no_lead_is_clear_nothing_moves():
    mask = lead(9, 0.4)
    probability = np.where(binary_dilation(mask), 0.6, 0.02).astype(np.float32)
    assert (sharpen_edges(probability, image(mask), 40.0, *SURE) == probability).all()


def test_a_blurred_edge_lies_half_way():
    ramp = np.clip((np.arange(SIDE) - 28.0) / 6.0, 0, 1)  # half at 31
    level = np.broadcast_to(DARK + (ICE - DARK) * ramp, (SIDE, SIDE)).astype(np.float32)
    sharp = sharpen_edges(
        found(np.arange(SIDE)[None, :] < np.full((SIDE, 1), 29)), level, 40.0, *SURE
    )
    assert np.isin((sharp >= 0.5).sum(axis=1), (31, 32)).all()


def test_a_lead_of_one_pixel_is_kept():
    mask = lead(1, 0.0)
    sharp = sharpen_edges(found(binary_dilation(mask, iterations=3)), image(mask), 40.0, *SURE)
    assert (sharp[mask] >= 0.5).all()


def test_the_edge_of_a_faint_lead_is_left_as_it_was_found():
    mask = lead(9, 0.0)
    probability = found(binary_dilation(mask, iterations=2))
    level = image(mask, water=ICE / 2.5)  # 4 dB
    assert (sharpen_edges(probability, level, 40.0, *SURE) == probability).all()


def test_far_inside_and_far_outside_nothing_changes():
    mask = lead(31, 0.0)
    probability = np.where(mask, 0.8, 0.1).astype(np.float32)
    noisy = image(mask) * np.random.default_rng(0).gamma(50, 1 / 50, mask.shape)
    sharp = sharpen_edges(probability, noisy.astype(np.float32), 40.0, *SURE)
    middle = SIDE // 2
    assert (sharp[:, middle - 4 : middle + 5] == np.float32(0.8)).all()
    assert (sharp[:, :5] == np.float32(0.1)).all()


def test_a_missing_pixel_stays_missing_and_moves_no_edge():
    mask = lead(9, 0.0)
    probability, level = found(mask), image(mask)
    level[20:25] = probability[20:25] = np.nan
    sharp = sharpen_edges(probability, level, 40.0, *SURE)
    assert np.isnan(sharp[20:25]).all()
    assert ((sharp >= 0.5) == (probability >= 0.5)).all()


def test_a_window_with_its_halo_gives_what_the_whole_gives():
    rng = np.random.default_rng(2)
    mask = lead(7, 0.3)
    level = (image(mask) * rng.gamma(10, 0.1, mask.shape)).astype(np.float32)
    probability = rng.random(mask.shape, dtype=np.float32)
    whole = sharpen_edges(probability, level, 100.0, *SURE)
    halo = edge_halo(100.0)
    window = np.s_[20 - halo : 40 + halo, 20 - halo : 40 + halo]
    part = sharpen_edges(probability[window], level[window], 100.0, *SURE)
    assert (part[halo:-halo, halo:-halo] == whole[20:40, 20:40]).all()


def test_the_kernel_agrees_with_its_slow_twin():
    rng = np.random.default_rng(1)
    probability = rng.random((30, 40), dtype=np.float32)
    probability[rng.random((30, 40)) < 0.05] = np.nan
    level = rng.gamma(5, 0.01, (30, 40)).astype(np.float32)
    level[np.isnan(probability)] = np.nan
    wanted = naive.move_edges(probability, level, *SURE, 3, 5, 1.2)
    sure = (np.float32(probability) for probability in SURE)
    assert move_edges(probability, level, *sure, 3, 5, 1.2) == pytest.approx(
        wanted, rel=1e-6, nan_ok=True
    )
    assert (wanted != probability).mean() > 0.2
