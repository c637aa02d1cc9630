"""A track with its freeboard: from its echoes and leads, or from what the product says itself."""

from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from ...products.surface import Surface
from ..waveforms.power import along_track
from ..waveforms.sequences import kind_of
from .biases import ERRORS, HeightErrors, height_bias, peakiness
from .freeboard import FLOE, LEAD, UNKNOWN, Freeboard, radar_freeboard
from .heights import retracked_range, surface_height
from .leads import Leads, leads_of_product, over_sea_ice
from .output import VARIABLES
from .sea_level import SeaLevel, distance_along, sea_level, tie_points, without_outliers
from .snagging import snagging
from .snow import Snow
from .tfmra import EDGES, clipped, tfmra
from .thickness import IceThickness, ice_thickness, penetration_of

#: A record of at least this probability may be a tie point, of at most that a floe.
LEAST_OF_LEADS, MOST_OF_FLOES = 0.5, 0.3
#: Standard deviations below and above the median around beyond which heights are not believed:
#: leads beside the track are low, ice taken for a lead is high (Ricker et al. 2014); of ice, range
#: sidelobes of leads are high (assumed).
LEAD_OUTLIERS, FLOE_OUTLIERS = (-3.0, 2.0), (-4.0, 4.0)
#: Standard deviation of the height of one record of a product (AWI: CryoSat-2, Sentinel-3) [m].
PRODUCT_SIGMA_M = 0.10
#: Standard deviation of a product's sea level at a lead, and from 100 km of it on [m] (AWI).
PRODUCT_LEVEL_SIGMA_M = (0.02, 0.10)
PRODUCT_LEVEL_LENGTH_M = 100_000.0


class Seen(NamedTuple):
    """What is known of n records before snow; float64 (n,)."""

    surface_range: np.ndarray  #: m
    height: np.ndarray  #: of the surface above the ellipsoid [m]
    mean_sea_surface: np.ndarray  #: likewise
    surface_class: np.ndarray  #: int8
    lead_probability: np.ndarray
    level: SeaLevel
    freeboard: Freeboard


def freeboard(
    track: xr.Dataset,
    leads: Leads,
    mean_sea_surface: np.ndarray,
    snow: Snow | None = None,
    corrected: bool = True,
) -> xr.Dataset:
    """Return the freeboard along a track of echoes.

    Parameters
    ----------
    track : dataset
        Canonical track with echoes, of one mission and mode, in order of time.
    leads : Leads
        Of the same records.
    mean_sea_surface : array (n,), float64 [m]
        Above the ellipsoid of the track.
    snow : Snow, optional
        With it there are ice freeboard and thickness.
    corrected : bool
        Whether tie points are corrected by the predicted off-nadir distance.

    Returns
    -------
    dataset over ``time``
        See ``output.VARIABLES``.

    Raises
    ------
    ValueError
        If the kind of echo has no settings, or the track no lead that is good enough.
    """
    kind = kind_of(track.attrs["mission"], track.attrs["mode"])
    if kind not in ERRORS:
        raise ValueError(
            f"{track.attrs['source']}: freeboard from echoes is known for {', '.join(ERRORS)}, not "
            f"for {kind}; take the agency's level 2 product"
        )
    errors, edge, echo = ERRORS[kind], EDGES[kind], track["waveform"].values
    peaky = peakiness(echo)
    icy = over_sea_ice(track)
    lead = icy & (leads.probability >= LEAST_OF_LEADS) & ~clipped(echo)
    floe = icy & (leads.probability <= MOST_OF_FLOES) & (peaky <= errors.most_peaky_floe)
    gate = tfmra(echo, np.where(lead, edge.lead_threshold, edge.floe_threshold), edge).gate
    surface_range = retracked_range(track, gate)
    height = surface_height(track, surface_range) - height_bias(errors, lead, peaky)
    anomaly = height - mean_sea_surface
    along = along_track(track)
    level = _level_between(along, np.where(lead, anomaly, np.nan), leads, track, errors, corrected)
    ice = without_outliers(along, np.where(floe, anomaly, np.nan), FLOE_OUTLIERS)
    of_floes = radar_freeboard(ice, level.anomaly, errors.floe_noise, level.sigma)
    surface_class = np.where(lead & np.isfinite(height), LEAD, UNKNOWN)
    surface_class[np.isfinite(ice)] = FLOE
    seen = Seen(
        surface_range, height, mean_sea_surface, surface_class, leads.probability, level, of_floes
    )
    return _described(track, seen, snow, "retracked by iceco")


def _level_between(
    along: np.ndarray,
    anomaly: np.ndarray,
    leads: Leads,
    track: xr.Dataset,
    errors: HeightErrors,
    corrected: bool,
) -> SeaLevel:
    """Return the sea level from anomalies of leads (n,) [m], nan elsewhere."""
    snag = snagging(leads, track["altitude"].values)
    known = np.isfinite(snag.mean)  # a product names leads, but no distance
    if corrected:
        anomaly = anomaly - np.where(known, snag.mean, 0.0)
    shared = np.hypot(errors.lead_shared, np.where(known, snag.sigma, 0.0))
    kept = without_outliers(along, anomaly, LEAD_OUTLIERS)
    if not np.isfinite(kept).any():
        raise ValueError(
            f"{track.attrs['source']}: shows no lead from which to take the sea level; take a "
            "longer track, or another model"
        )
    return sea_level(along, tie_points(kept, leads.probability, errors.lead_noise, shared))


def freeboard_of_product(track: xr.Dataset, snow: Snow | None = None) -> xr.Dataset:
    """Return the freeboard that a product carries, as it is, in the form of ``freeboard``.

    Range, height and freeboard are the product's own, with the biases of its retrackers.  The sea
    level is what its freeboard stands on, and what it measured at leads; elsewhere it is not told.
    Uncertainties, which these products do not give, are those that AWI takes for one record.

    Raises
    ------
    ValueError
        If the product has neither echoes nor freeboard, or calls no record a lead.
    """
    if "product_radar_freeboard" not in track:
        raise ValueError(
            f"{track.attrs['source']}: holds neither echoes nor freeboard; take level 1b or L2I of "
            "CryoSat-2, SGDR of AltiKa, enhanced or standard measurements of Sentinel-3"
        )
    leads = leads_of_product(track)
    height, value = track["product_elevation"].values, track["product_radar_freeboard"].values
    classes = track["product_surface_class"].values
    anomaly = height - track["mean_sea_surface"].values
    at_leads = np.where(classes == Surface.LEAD, track["product_sea_level_anomaly"].values, np.nan)
    of_floes = np.isfinite(value) & (classes == Surface.SEA_ICE)
    level = np.where(np.isfinite(value), anomaly - value, at_leads)
    distance = distance_along(along_track(track), classes == Surface.LEAD)
    near, far = PRODUCT_LEVEL_SIGMA_M
    beyond = np.minimum(distance / PRODUCT_LEVEL_LENGTH_M, 1.0) ** 2
    sigma = np.where(np.isnan(level), np.nan, near + (far - near) * beyond)
    own = Freeboard(value, np.where(np.isnan(value), np.nan, np.hypot(PRODUCT_SIGMA_M, sigma)))
    surface_class = np.where(classes == Surface.LEAD, LEAD, np.where(of_floes, FLOE, UNKNOWN))
    seen = Seen(
        track["product_range"].values,
        height,
        track["mean_sea_surface"].values,
        surface_class,
        leads.probability,
        SeaLevel(level, sigma, distance),
        own,
    )
    return _described(track, seen, snow, "as the product gives it")


def _described(track: xr.Dataset, seen: Seen, snow: Snow | None, origin: str) -> xr.Dataset:
    """Return what is known as a dataset with names, units and where the freeboard comes from."""
    columns = {
        "retracked_range": seen.surface_range,
        "surface_height": seen.height,
        "mean_sea_surface": seen.mean_sea_surface,
        "sea_level_anomaly": seen.level.anomaly,
        "sea_level_anomaly_uncertainty": seen.level.sigma,
        "surface_class": seen.surface_class,
        "lead_probability": seen.lead_probability,
        "radar_freeboard": seen.freeboard.value,
        "radar_freeboard_uncertainty": seen.freeboard.sigma,
    }
    attributes: dict[str, Any] = {
        name: track.attrs[name] for name in ("mission", "mode", "track_id")
    }
    if snow is not None:
        ice = ice_thickness(seen.freeboard, snow, penetration_of(track.attrs["mission"]))
        columns |= _ice_columns(snow, ice)
    described = {
        name: ("time", values.astype(VARIABLES[name].dtype), VARIABLES[name].attributes)
        for name, values in columns.items()
    }
    result = xr.Dataset(described, coords=track[["record"]].coords).assign(record=track["record"])
    return result.assign_attrs(attributes | {"freeboard_source": origin})


def _ice_columns(snow: Snow, ice: IceThickness) -> dict[str, np.ndarray]:
    return {
        "snow_depth": snow.depth,
        "snow_depth_uncertainty": snow.sigma,
        "sea_ice_freeboard": ice.ice_freeboard,
        "sea_ice_freeboard_uncertainty": ice.ice_freeboard_sigma,
        "sea_ice_thickness": ice.thickness,
        "sea_ice_thickness_uncertainty": ice.thickness_sigma,
    }
