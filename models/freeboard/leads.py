"""What is known of the leads under a track: from a model of its echoes, or from the product."""

from typing import NamedTuple

import numpy as np
import xarray as xr

from ...products.surface import Surface

LEAST_CONCENTRATION = 70.0  # percent: below, the sea among the ice has waves (Ricker et al. 2014)


class Leads(NamedTuple):
    """Of n records; float64 (n,) but for ``reach``, nan where nothing is known."""

    probability: np.ndarray  #: of a lead under or beside the record
    distance: np.ndarray  #: median ground distance to the closest lead [m]
    low: np.ndarray  #: its 16 % quantile [m]
    high: np.ndarray  #: its 84 % quantile [m]
    reach: float  #: a lead counts if it is nearer than this [m]


def leads_of_model(classified: xr.Dataset) -> Leads:
    """Return the leads that ``waveforms.classify.classify`` sees."""

    def column(name: str) -> np.ndarray:
        return np.asarray(classified[name].values, dtype=np.float64)

    return Leads(
        column("lead_probability"),
        column("distance_to_lead"),
        column("distance_to_lead_p16"),
        column("distance_to_lead_p84"),
        float(classified.attrs["lead_distance_m"]),
    )


def leads_of_product(track: xr.Dataset) -> Leads:
    """Return the leads that the product names, with probability 1 and without a distance.

    Records that it does not class have no probability.

    Raises
    ------
    ValueError
        If it names none on the whole track.
    """
    surface = track.get("product_surface_class")
    classes = np.zeros(track.sizes["time"]) if surface is None else surface.values
    if not (classes == Surface.LEAD).any():
        raise ValueError(
            f"{track.attrs['source']}: the product calls no record a lead, so that there is "
            "no sea level; take a longer track, or one with echoes and a model"
        )
    unknown = np.full(classes.size, np.nan)
    probability = np.where(classes == Surface.UNKNOWN, np.nan, classes == Surface.LEAD)
    return Leads(probability.astype(np.float64), unknown, unknown, unknown, np.nan)


def over_sea_ice(track: xr.Dataset) -> np.ndarray:
    """Return which records may be of sea ice and its leads, (n,) bool.

    Not those that the product calls open ocean or land, nor those where it knows the concentration
    to be below ``LEAST_CONCENTRATION``.
    """
    ice = np.ones(track.sizes["time"], dtype=bool)
    if "product_surface_class" in track:
        ice &= ~np.isin(track["product_surface_class"].values, (Surface.OCEAN, Surface.LAND))
    if "sea_ice_concentration" in track:
        ice &= ~(track["sea_ice_concentration"].values < LEAST_CONCENTRATION)
    return ice
