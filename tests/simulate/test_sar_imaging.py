"""The radar image: looks, resolution and noise follow from the point spread function."""

import numpy as np
import pytest
from naive.sar_imaging import image_lines as slow_image_lines

from iceco.products.sentinel1.digital_numbers import EW_LOOKS
from iceco.simulate.sar.imaging import (
    PSF_SIGMA,
    REACH,
    image_lines,
    psf_weights,
    single_looks,
)

LINES, SAMPLES = 300, 320
SIGMA_NOUGHT = np.full(SAMPLES, 20_000.0)  # so large that rounding does not matter


def around(shape, value=1.0):
    return np.full((shape[0] + 2 * REACH, shape[1] + 2 * REACH), value, dtype=np.float32)


def noise_of(value, shape=(LINES, SAMPLES)):
    return np.full(shape, value, dtype=np.float32)


@pytest.fixture(scope="module")
def bands():
    """Return the intensities of two bands over a uniform surface, in units of their mean."""
    images = [
        image_lines(
            around((LINES, SAMPLES), 0.01),
            single_looks(4, band, range(-REACH, LINES + REACH), SAMPLES),
            SIGMA_NOUGHT,
            noise_of(1e-3),
        )
        for band in (0, 1)
    ]
    return [image.astype(float) ** 2 / (0.01 * SIGMA_NOUGHT**2 + 1e-3) for image in images]


def correlation_of_speckle(lag):
    """Return the correlation that the point spread function gives to pixels ``lag`` apart."""
    weight = psf_weights().astype(float)
    return (weight[lag:] * weight[: weight.size - lag]).sum() / (weight**2).sum()


def test_the_point_spread_function_has_the_looks_and_the_resolution_of_the_product():
    weight = psf_weights().astype(float)
    assert weight.sum() == pytest.approx(1.0, abs=1e-6)
    assert (weight**2).sum() ** -2 == pytest.approx(EW_LOOKS, rel=2e-3)
    width = 40.0 * 2.0 * np.sqrt(2.0 * np.log(2.0)) * PSF_SIGMA
    assert width == pytest.approx(87.0, abs=1.0)  # m; nominally 93 by 87


def test_imaging_agrees_with_its_slow_twin():
    rng = np.random.default_rng(8)
    shape = (12, 17)
    sigma0 = rng.gamma(2.0, 0.01, around(shape).shape).astype(np.float32)
    looks = rng.standard_exponential(sigma0.shape, dtype=np.float32)
    noise = rng.uniform(500.0, 900.0, shape).astype(np.float32)
    noise[:3, 5:] = 0.0
    sigma_nought = np.linspace(1800.0, 1300.0, shape[1])
    psf = np.multiply.outer(psf_weights(), psf_weights())
    slow = slow_image_lines(sigma0, looks, psf, sigma_nought**2, noise)
    found = image_lines(sigma0, looks, sigma_nought, noise)
    assert found.dtype == np.uint16
    assert np.abs(found - slow).max() < 0.501
    assert (found[:3, 5:] == 0).all()


def test_a_uniform_surface_has_its_mean_and_the_looks_of_the_product(bands):
    # White exponential looks: the mean of n of them has the relative deviation 1 / sqrt(n).
    for image in bands:
        assert image.mean() == pytest.approx(1.0, abs=4.0 / np.sqrt(image.size))
        # Each pixel counts for 1 / (2 pi sigma^2) independent ones in the variance.
        independent = image.size / (4.0 * np.pi * PSF_SIGMA**2)
        tolerance = 4.0 * np.sqrt((2.0 + 6.0 / EW_LOOKS) / independent)
        assert image.mean() ** 2 / image.var() == pytest.approx(EW_LOOKS, rel=tolerance)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("lag", [1, 2, 3, 12])
def test_speckle_is_correlated_as_the_point_spread_function_says(bands, axis, lag):
    expected = correlation_of_speckle(lag) if lag <= 2 * REACH else 0.0
    for image in bands:
        rest = np.moveaxis(image - image.mean(), axis, 0)
        found = (rest[lag:] * rest[:-lag]).mean() / rest.var()
        assert found == pytest.approx(expected, abs=4.0 * np.sqrt(EW_LOOKS / image.size))


def test_the_two_polarisations_have_speckle_of_their_own(bands):
    found = np.corrcoef(bands[0].ravel(), bands[1].ravel())[0, 1]
    assert abs(found) < 4.0 * np.sqrt(EW_LOOKS / bands[0].size)


def test_single_looks_of_a_line_do_not_depend_on_what_else_is_drawn():
    whole = single_looks(7, 0, range(-REACH, 40), 50)
    np.testing.assert_array_equal(single_looks(7, 0, range(10, 20), 50), whole[14:24])
    assert not (single_looks(8, 0, range(10, 20), 50) == whole[14:24]).any()
    assert not (single_looks(7, 1, range(10, 20), 50) == whole[14:24]).any()


def test_signal_in_noise_has_the_looks_of_one_of_them():
    looks = single_looks(6, 0, range(-REACH, LINES + REACH), SAMPLES)
    sigma0 = around((LINES, SAMPLES), 0.01)
    signal = image_lines(sigma0, looks, SIGMA_NOUGHT, noise_of(1e-3))
    both = image_lines(sigma0, looks, SIGMA_NOUGHT, noise_of(0.01 * SIGMA_NOUGHT[0] ** 2))
    assert np.abs(both / (signal * np.sqrt(2.0)) - 1.0).max() < 1e-3


def test_a_lead_narrower_than_the_resolution_is_smeared_and_keeps_its_missing_power():
    sigma0 = around((40, 60), 0.02)
    sigma0[:, REACH + 30] = 0.0
    image = image_lines(sigma0, around((40, 60)), SIGMA_NOUGHT[:60], noise_of(1e-6, (40, 60)))
    power = image[20].astype(float) ** 2
    missing = 1.0 - power / power[0]
    assert missing.sum() == pytest.approx(1.0, abs=3e-3)  # rounded digital numbers
    assert missing[30] == pytest.approx(1.0 / (np.sqrt(2.0 * np.pi) * PSF_SIGMA), rel=0.02)
    np.testing.assert_allclose(missing[26:31], missing[30:35][::-1], atol=1e-3)


def test_a_step_of_the_noise_stays_sharp():
    noise = noise_of(400.0, (20, 30))
    noise[:, 15:] = 1600.0
    image = image_lines(around((20, 30), 0.0), around((20, 30)), SIGMA_NOUGHT[:30], noise)
    assert (image[:, :15] == 20).all()
    assert (image[:, 15:] == 40).all()
