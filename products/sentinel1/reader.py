"""Sentinel-1 GRD products as scenes: EW, IW and stripmap, in folders, zips and cloud copies.

Opening reads the annotation; pixels are read when a window or points of a variable are asked for.

    sigma0_hh, ...   calibrated, thermal noise removed, nan where not valid
    nesz_hh, ...     the noise that was removed
    incidence_angle  on the ellipsoid, free of the terrain that the annotated angles contain
    subswath, valid  see ``border``

Geolocation is solved from the orbit at sea level: the annotated tie points carry the height of
the terrain, which near coasts moves the sea by hundreds of metres.

References
----------
Sentinel-1 Product Specification, S1-RS-MDA-52-7441.
"""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ...geo.polar import plane_of_latitude
from ..canonical import make_scene
from ..lazy import lazy_image
from .annotation import (
    Annotation,
    Manifest,
    parse_annotation,
    parse_calibration,
    parse_noise,
)
from .archive import (
    MANIFEST,
    Files,
    Product,
    find_files,
    open_product,
    product_name,
    read_bytes,
    read_manifest,
)
from .band import Band, read_nesz, read_sigma0, read_table, read_valid
from .border import ValidArea, clean_floor, noisy_floor, swath_limits
from .geolocation import sea_level_incidence, sea_level_nodes
from .measurement import Image, open_image
from .radiometry import (
    AZIMUTH_NOISE_IPF,
    Layout,
    angle_table,
    noise_scale,
    subswath_numbers,
    swath_layout,
)


def is_sentinel1(path: Path) -> bool:
    """Tell by its content whether a folder or zip is a Sentinel-1 product of any type."""
    try:
        product = open_product(path)
        if MANIFEST in product.names:
            return b"sentinel-1" in read_bytes(product, MANIFEST)
        return any(
            b"<missionId>S1" in read_bytes(product, name)
            for name in product.names
            if name.startswith("annotation/") and name.count("/") == 1 and name.endswith(".xml")
        )
    except ValueError:
        return False


def open_sentinel1(path: Path, polarisations: tuple[str, ...] | None = None) -> xr.Dataset:
    """Open a Sentinel-1 GRD product as a scene.

    Parameters
    ----------
    path : Path
        SAFE folder, its manifest, or a zip, whatever their names.
    polarisations : tuple of str, optional
        Of "hh", "hv", "vv", "vh": which to open.  All of the product by default; then those
        whose image is absent come without sigma0, and without any image there is no ``valid``
        either (the attribute ``images`` lists what is there).

    Returns
    -------
    xr.Dataset
        As ``canonical.make_scene``, lazy.  Further attributes: ``product_type``,
        ``pass_direction``, ``platform_heading_deg``, ``ipf_version``, ``start_time``,
        ``stop_time``, ``absolute_orbit``, ``relative_orbit`` (0 where unknown), ``images``.

    Raises
    ------
    ValueError
        If it is no Sentinel-1 GRD product, a polarisation asked for or a file it needs is
        missing, or a file is damaged, cut off, unsafe or at odds with another.
    """
    product = open_product(path)
    manifest = read_manifest(product)
    files = find_files(product, manifest)
    chosen = _choose(product, files, polarisations)
    annotations = _annotations(product, files, chosen)
    first = annotations[chosen[0]]
    images = {
        name: open_image(product, files.measurement[name], annotations[name])
        for name in chosen
        if name in files.measurement
    }
    ipf = float(manifest.ipf_version) if manifest and manifest.ipf_version else None
    layout = swath_layout(first.blocks, first.mode, first.lines, first.samples)
    bands = {name: _band(product, files, name, first.mode, ipf, layout) for name in chosen}
    thermal_noise = _thermal_noise(annotations, bands)
    plane = plane_of_latitude(first.grid.latitude)
    grid = sea_level_nodes(first, plane, str(product.path))
    variables = {
        **_geometry_images(first, layout),
        **_nesz_images(bands, layout),
        **_sigma0_images(bands, images, layout, ipf, thermal_noise == "removed by iceco"),
    }
    line = np.arange(first.lines)
    line_time = first.first_line_time + np.rint(line * first.line_interval * 1e9).astype("m8[ns]")
    attributes = _attributes(product, manifest, annotations, images)
    attributes |= {"thermal_noise": thermal_noise, "crs": f"EPSG:{plane.epsg}"}
    return make_scene(variables, line_time, grid, attributes)


def _choose(
    product: Product, files: Files, polarisations: tuple[str, ...] | None
) -> tuple[str, ...]:
    """Return the polarisations to open, like-polarised first."""
    there = sorted(files.annotation, key=lambda name: (name[0] != name[1], name))
    if not there:
        raise ValueError(
            f"{product.path}: not a Sentinel-1 GRD product, there is no product annotation in it"
        )
    if not polarisations:
        return tuple(there)
    for name in polarisations:
        if name not in there:
            raise ValueError(f"{product.path}: has no polarisation {name!r}, it has {there}")
        if name not in files.measurement:
            raise ValueError(f"{product.path}: the image of polarisation {name!r} is missing")
    return tuple(name for name in there if name in polarisations)


def _annotations(product: Product, files: Files, chosen: tuple[str, ...]) -> dict[str, Annotation]:
    found: dict[str, Annotation] = {}
    for name in chosen:
        file = files.annotation[name]
        grid = next(iter(found.values())).grid if found else None
        source = f"{product.path}/{file}"
        annotation = parse_annotation(read_bytes(product, file), source, grid)
        if annotation.product_type != "GRD":
            raise ValueError(
                f"{source} describes a product of type {annotation.product_type}; only ground-"
                "range detected products (GRD) can be opened"
            )
        _refuse_other(source, annotation.polarisation, name)
        found[name] = annotation
    return found


def _band(
    product: Product, files: Files, name: str, mode: str, ipf: float | None, layout: Layout
) -> Band:
    for kind, known in (("calibration", files.calibration), ("noise", files.noise)):
        if name not in known:
            raise ValueError(f"{product.path}: the {kind} annotation of {name!r} is missing")
    source = f"{product.path}/{files.calibration[name]}"
    calibration = parse_calibration(read_bytes(product, files.calibration[name]), source)
    _refuse_other(source, calibration.polarisation, name)
    source = f"{product.path}/{files.noise[name]}"
    noise = parse_noise(read_bytes(product, files.noise[name]), source)
    _refuse_other(source, noise.polarisation, name)
    return Band(layout, calibration, noise, noise_scale(noise, mode, ipf, calibration.dn))


def _refuse_other(source: str, polarisation: str, name: str) -> None:
    if polarisation.lower() != name:
        raise ValueError(f"{source} describes {polarisation}, its name says {name.upper()}")


def _thermal_noise(annotations: dict[str, Annotation], bands: dict[str, Band]) -> str:
    if any(annotation.thermal_noise_removed for annotation in annotations.values()):
        return "removed by the processor"
    return "removed by iceco" if all(map(_knows_noise, bands.values())) else "present"


def _knows_noise(band: Band) -> bool:
    return any((vector.value > 0.0).any() for vector in band.noise.range_vectors)


def _sigma0_images(
    bands: dict[str, Band],
    images: dict[str, Image],
    layout: Layout,
    ipf: float | None,
    subtract: bool,
) -> dict[str, Any]:
    """Return sigma0 of each image, and ``valid``.

    The like-polarised image decides what is valid, or the only one that is opened.  Since IPF 2.9
    each image has the same zeros at its borders and can decide for itself, which saves reading
    the other one.
    """
    if not images:
        return {}
    shape = (layout.lines, layout.samples)
    limits = swath_limits(layout)
    old = ipf is not None and ipf < AZIMUTH_NOISE_IPF
    name, image = next(iter(images.items()))
    floor = noisy_floor(layout, bands[name].noise_power) if old else clean_floor(layout.samples)
    deciding = ValidArea(image, limits, floor)
    found = {"valid": lazy_image(shape, bool, partial(read_valid, layout, deciding))}
    for name, image in images.items():
        own = old or image is deciding.image
        area = deciding if own else ValidArea(image, limits, floor)
        read = partial(read_sigma0, bands[name], image, area, subtract)
        found[f"sigma0_{name}"] = lazy_image(shape, np.float32, read)
    return found


def _nesz_images(bands: dict[str, Band], layout: Layout) -> dict[str, Any]:
    shape = (layout.lines, layout.samples)
    return {
        f"nesz_{name}": lazy_image(shape, np.float32, partial(read_nesz, band))
        for name, band in bands.items()
        if _knows_noise(band)
    }


def _geometry_images(annotation: Annotation, layout: Layout) -> dict[str, Any]:
    shape = (layout.lines, layout.samples)
    grid = annotation.grid
    angles = angle_table(grid.line, grid.sample, sea_level_incidence(annotation), layout.samples)
    return {
        "incidence_angle": lazy_image(shape, np.float32, partial(read_table, angles)),
        "subswath": lazy_image(shape, np.uint8, partial(subswath_numbers, layout)),
    }


def _attributes(
    product: Product,
    manifest: Manifest | None,
    annotations: dict[str, Annotation],
    images: dict[str, Image],
) -> dict[str, Any]:
    first = next(iter(annotations.values()))
    return {
        "scene_id": product_name(product),
        "mission": first.mission.lower(),
        "mode": first.mode,
        "polarisations": " ".join(annotations).upper(),
        "images": " ".join(images).upper(),
        "pixel_spacing_line_m": first.line_spacing,
        "pixel_spacing_sample_m": first.sample_spacing,
        "product_type": first.product_type,
        "pass_direction": first.pass_direction,
        "platform_heading_deg": first.platform_heading,
        "ipf_version": (manifest and manifest.ipf_version) or "unknown",
        "start_time": str(first.start_time.astype("M8[us]")),
        "stop_time": str(first.stop_time.astype("M8[us]")),
        "absolute_orbit": first.absolute_orbit,
        "relative_orbit": (manifest and manifest.relative_orbit) or 0,
        "source": str(product.path),
    }
