"""Distance to the pixels of a mask, one by one, by geodesics."""

import numpy as np

from iceco.geo.polar import geodesic_distance, inverse
from iceco.geo.swath import Geolocation, image_to_plane


def distance_to_mask(
    mask: np.ndarray, geolocation: Geolocation, longitude: np.ndarray, latitude: np.ndarray
) -> np.ndarray:
    """Return the geodesic distance to the closest corner or side middle of a mask's pixel."""
    line, sample = np.nonzero(mask)
    rim = [
        inverse(geolocation.plane, *image_to_plane(geolocation, line + dl, sample + ds))
        for dl in (-0.5, 0.0, 0.5)
        for ds in (-0.5, 0.0, 0.5)
    ]
    rim_longitude, rim_latitude = np.concatenate(rim, axis=1)
    return np.array(
        [
            geodesic_distance(
                np.full(rim_longitude.shape, lon), np.full(rim_longitude.shape, lat),
                rim_longitude, rim_latitude,
            ).min()
            for lon, lat in zip(longitude, latitude, strict=True)
        ]
    )  # fmt: skip
