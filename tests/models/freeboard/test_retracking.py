"""Threshold retracker, OCOG and the lead fit: closed forms, limits, and their slow twins."""

import numpy as np
import pytest
from naive.freeboard import tfmra_gate
from scipy.optimize import least_squares
from scipy.special import erf

from iceco.models.freeboard import _lead_fit_kernels as lead_kernels
from iceco.models.freeboard.biases import ERRORS, height_bias, peakiness
from iceco.models.freeboard.lead_fit import fit_leads
from iceco.models.freeboard.ocog import ocog
from iceco.models.freeboard.tfmra import EDGES, clipped, tfmra
from iceco.simulate.altimeter.closed_form import ALTIKA, gate_ranges, uniform_echo
from iceco.simulate.altimeter.cryosat2 import SIRAL
from iceco.simulate.altimeter.sentinel3 import SRAL
from iceco.simulate.altimeter.tfmra import tfmra_bias

EDGE = EDGES["c2_sar"]


def brown(gates, epoch, rise=1.5, decay=60.0, level=100.0):
    """Echoes of a rough diffuse surface: an error function that decays slowly."""
    beyond = np.arange(gates) - np.asarray(epoch)[:, None]
    fall = np.exp(-np.maximum(beyond, 0.0) / decay)
    return level * 0.5 * (1.0 + erf(beyond / (np.sqrt(2.0) * rise))) * fall


@pytest.mark.parametrize("kind", list(EDGES))
def test_compiled_retracker_finds_what_the_slow_one_does(kind):
    random = np.random.default_rng(3)
    settings = EDGES[kind]
    echo = brown(128, random.uniform(35.0, 60.0, 12)) * random.gamma(60.0, 1 / 60.0, (12, 128))
    echo = (echo + 0.5 * random.gamma(60.0, 1 / 60.0, (12, 128))).astype(np.float32)
    echo[3:6, 80] += 500.0  # brighter, but later
    threshold = random.uniform(0.3, 0.8, 12)
    found = tfmra(echo, threshold, settings).gate
    naive = [
        tfmra_gate(
            e.astype(float), settings.noise_gates, settings.oversampling, settings.smoothing,
            settings.first_maximum, t,
        )
        for e, t in zip(echo, threshold, strict=True)
    ]  # fmt: skip
    np.testing.assert_allclose(found, naive, atol=1e-4)


def test_half_power_of_a_symmetric_edge_lies_at_its_epoch():
    epoch = np.linspace(40.0, 41.0, 11)
    echo = brown(128, epoch, rise=3.0, decay=1e9)
    # The plateau has no maximum: give it one.
    echo[:, 90] *= 1.02
    np.testing.assert_allclose(tfmra(echo, 0.5, EDGE).gate, epoch, atol=0.06)


def test_a_later_window_a_louder_echo_and_more_noise_change_nothing_but_the_gate():
    echo = brown(128, [50.0])
    at = tfmra(echo, 0.5, EDGE).gate
    later = np.zeros_like(echo)
    later[:, 7:] = echo[:, :-7]
    np.testing.assert_allclose(tfmra(later, 0.5, EDGE).gate, at + 7.0, atol=1e-4)
    np.testing.assert_allclose(tfmra(1e-15 * echo, 0.5, EDGE).gate, at, atol=1e-4)
    np.testing.assert_allclose(tfmra(echo + 20.0, 0.5, EDGE).gate, at, atol=1e-4)


def test_a_higher_threshold_lies_later_and_below_the_first_maximum():
    echo = brown(128, [50.0, 52.5])
    gates = [tfmra(echo, t, EDGE) for t in (0.2, 0.5, 0.8)]
    assert (np.diff([g.gate for g in gates], axis=0) > 0.0).all()
    assert (gates[-1].gate < gates[-1].first_maximum).all()


def test_ice_is_found_before_a_brighter_lead_beside_the_track():
    echo = brown(128, [50.0])
    alone = tfmra(echo, 0.5, EDGE).gate
    echo[:, 70] += 400.0
    assert abs(tfmra(echo, 0.5, EDGE).gate - alone) < 0.01
    echo[:, 70] += 4000.0  # beyond 1 / first_maximum it is the lead that is found
    assert 69.0 < tfmra(echo, 0.5, EDGE).gate < 70.0


def test_noise_alone_is_no_edge():
    random = np.random.default_rng(1)
    echo = np.full((6, 128), 5.0)
    echo[4:] = brown(128, [50.0, 50.0])
    echo[4, 3], echo[5, 120] = np.nan, np.nan
    echo[1] = np.nan
    echo[2] = 0.0
    echo[3] = brown(128, [50.0])[0]
    echo[3, :6] = 300.0 * random.random(6)
    assert np.isnan(tfmra(echo, 0.5, EDGE).gate).all()


@pytest.mark.parametrize(
    ("kind", "radar", "altitude"), [("c2_sar", SIRAL, 717.2e3), ("s3_sar", SRAL, 814.5e3)]
)
def test_biases_of_sar_are_those_of_closed_forms_to_six_centimetres(kind, radar, altitude):
    ice, mirror = (-tfmra_bias(radar, altitude, mss) for mss in (np.inf, 1e-6))
    floe = height_bias(ERRORS[kind], np.array([False]), np.array([8.0]))[0]
    assert floe == pytest.approx(ice, abs=0.02)
    assert ERRORS[kind].lead == pytest.approx(mirror, abs=0.065)


def test_bias_of_altika_is_that_of_its_closed_form():
    share = np.arange(8) / 8
    ranges = gate_ranges(ALTIKA, 51 + share)
    for slope, bias, tolerance in ((1e-6, ERRORS["al_lrm"].lead, 0.01), (np.inf, -0.012, 0.03)):
        echo = uniform_echo(ALTIKA, ranges, 8e5, 1.0, slope)
        gate = tfmra(echo, 0.5, EDGES["al_lrm"]).gate
        height = -((gate - 51 - share) * ALTIKA.gate_spacing).mean()
        assert height == pytest.approx(bias, abs=tolerance)


def test_floe_bias_follows_peakiness_and_stops_where_floes_do():
    errors = ERRORS["c2_sar"]
    ice = np.zeros(4, bool)
    bias = height_bias(errors, ice, np.array([4.0, 8.0, 12.0, 60.0]))
    assert bias[0] > bias[1] > bias[2] == bias[3]
    assert bias[1] == errors.floe
    assert (height_bias(errors, ~ice, np.full(4, 60.0)) == errors.lead).all()


def test_peakiness_does_not_know_the_scale():
    echo = brown(128, [50.0])
    assert peakiness(7.0 * echo) == pytest.approx(peakiness(echo))
    assert peakiness(np.eye(128)[:1]) == 128.0
    assert np.isnan(peakiness(np.zeros((1, 128)))).all()


def test_an_echo_whose_top_is_cut_is_known_by_its_plateau():
    mirror = 5000.0 * np.exp(-(((np.arange(128) - 51.3) / 1.2) ** 2))
    echo = np.stack([mirror, np.minimum(mirror, 2000.0)])
    assert clipped(echo).tolist() == [False, True]
    early = tfmra(echo, 0.5, EDGE).gate
    assert early[1] < early[0] - 0.3


# --- OCOG ------------------------------------------------------------------------------------


def test_ocog_of_a_box_is_its_height_width_and_leading_edge():
    echo = np.zeros((1, 100))
    echo[0, 40:60] = 3.0
    found = ocog(echo, (0, 6))
    assert found.amplitude[0] == pytest.approx(3.0)
    assert found.width[0] == pytest.approx(20.0)
    assert found.gate[0] == pytest.approx(39.5, abs=1e-9)


def test_ocog_does_not_see_a_constant_of_noise_and_moves_with_the_echo():
    echo = brown(128, [50.0])
    here = ocog(echo, (0, 6))
    assert ocog(echo + 10.0, (0, 6)).gate == pytest.approx(here.gate)
    moved = np.zeros_like(echo)
    moved[:, 5:] = echo[:, :-5]
    assert ocog(moved, (0, 6)).amplitude == pytest.approx(here.amplitude, rel=0.02)
    assert ocog(np.zeros((1, 128)), (0, 6)).gate != ocog(np.zeros((1, 128)), (0, 6)).gate


# --- the lead fit ----------------------------------------------------------------------------


def leads(peak, rise, decay, gates=128):
    made = [
        [lead_kernels.lead_echo(float(g), *each) for g in range(gates)]
        for each in np.broadcast(peak, rise, decay)
    ]
    return np.array(made)


def test_the_lead_echo_joins_smoothly_and_keeps_its_limits():
    step = 1e-6
    rise, decay = 1.2, 0.5
    joint = decay * rise**2
    for place in (0.0, joint):
        before, at, after = (
            lead_kernels.lead_echo(10.0 + place + d, 10.0, rise, decay) for d in (-step, 0.0, step)
        )
        assert before == pytest.approx(after, abs=1e-5)
        assert (after - at) / step == pytest.approx((at - before) / step, abs=1e-4)
    assert lead_kernels.lead_echo(10.0, 10.0, rise, decay) == 1.0
    assert lead_kernels.lead_echo(8.0, 10.0, rise, decay) == pytest.approx(
        np.exp(-((2 / rise) ** 2))
    )
    assert lead_kernels.lead_echo(20.0, 10.0, rise, decay) == pytest.approx(np.exp(-decay * 10.0))


def test_the_fit_returns_what_the_echo_was_made_of():
    random = np.random.default_rng(2)
    n = 20
    peak, rise = random.uniform(45.0, 60.0, n), random.uniform(0.9, 1.6, n)
    decay = random.uniform(0.3, 1.0, n)
    echo = 40.0 * leads(peak, rise, decay) + 2.0
    found = fit_leads(echo, (0, 6), 0.3)
    np.testing.assert_allclose(found.gate, peak, atol=1e-3)
    np.testing.assert_allclose(found.rise, rise, rtol=2e-3)
    np.testing.assert_allclose(found.decay, decay, rtol=5e-3)
    np.testing.assert_allclose(found.amplitude, 40.0, rtol=2e-3)
    assert (found.misfit < 1e-3).all()


def test_the_fit_is_as_good_as_that_of_scipy_on_noisy_echoes():
    random = np.random.default_rng(5)
    echo = leads([50.3, 52.8, 55.1], 1.2, 0.6) * random.gamma(80.0, 1 / 80.0, (3, 128))
    found = fit_leads(echo, (0, 6), 0.3)
    for one, gate, misfit, amplitude in zip(
        echo, found.gate, found.misfit, found.amplitude, strict=True
    ):
        peak = int(one.argmax())
        gates = np.arange(peak - 10, peak + 11)
        signal = one - one[:6].mean()

        def off(p, gates=gates, signal=signal):
            model = [
                np.exp(p[3]) * lead_kernels.lead_echo(float(g), p[0], *np.exp(p[1:3]))
                for g in gates
            ]
            return np.array(model) - signal[gates]

        slow = least_squares(off, [peak, 0.0, -0.5, np.log(signal.max())])
        ours = (misfit * amplitude) ** 2 * gates.size
        assert ours <= 2.0 * slow.cost * 1.01
        assert gate == pytest.approx(slow.x[0], abs=0.1)


def test_the_fit_leaves_out_what_is_missing():
    echo = leads([50.3, 52.8, 55.1], 1.2, 0.6)
    echo[1, 4] = np.nan
    echo[2] = 0.0
    found = fit_leads(echo, (0, 6), 0.3)
    assert np.isfinite(found.gate).tolist() == [True, False, False]
