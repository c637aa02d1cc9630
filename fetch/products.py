"""What can be fetched: iceco's names of products, and where each of them is kept."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Offer:
    """A collection of an archive."""

    provider: str  #: one of ``archives.PROVIDERS``
    collection: str  #: as the archive or its client calls it; {hemisphere}: north or south
    #: What else the client filters by.
    filters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Product:
    """A product, and the collections that have it, the one that is asked by default first."""

    what: str
    #: The whole name of a file; see ``remote.wanted`` for its group ``release``.
    name: re.Pattern[str]
    offers: tuple[Offer, ...]


#: Products that a client of the field can fetch.
PRODUCTS = {
    "sentinel1-ew": Product(
        "Sentinel-1 EW GRDM scenes in HH and HV",
        re.compile(r"S1[A-D]_EW_GRDM_1SDH_\d{8}T\d{6}_\d{8}T\d{6}_\d{6}_[0-9A-F]{6}_\w{4}\.zip"),
        (
            Offer("asf", "SENTINEL-1", {"beamMode": "EW", "processingLevel": "GRD_MD"}),
            Offer(
                "copernicus",
                "S1_SAR_GRD",
                {"sar:instrument_mode": "EW", "sar:polarizations": "HH,HV"},
            ),
        ),
    ),
    "sentinel3": Product(
        "Sentinel-3 SRAL level 2, marine (SR_2_WAT)",
        re.compile(r"S3[A-D]_SR_2_WAT____\w+\.SEN3\.zip"),
        (Offer("eumetsat", "S3_WAT"), Offer("copernicus", "S3_WAT")),
    ),
    "sentinel3-sea-ice": Product(
        "Sentinel-3 SRAL level 2, thematic sea ice (SR_2_LAN_SI)",
        re.compile(r"S3[A-D]_SR_2_LAN_SI_\w+\.SEN3\.zip"),
        (Offer("copernicus", "S3_LAN_SI"),),
    ),
    "swot-expert": Product(
        "SWOT KaRIn level 2 at 2 km (L2_LR_SSH Expert)",
        re.compile(r"SWOT_L2_LR_SSH_Expert_\d{3}_\d{3}_\w{15}_\w{15}_\w{4}_(?P<release>\d\d)\.nc"),
        (Offer("earthdata", "SWOT_L2_LR_SSH_EXPERT_D"),),
    ),
    "swot-unsmoothed": Product(
        "SWOT KaRIn level 2 at 250 m (L2_LR_SSH Unsmoothed)",
        re.compile(
            r"SWOT_L2_LR_SSH_Unsmoothed_\d{3}_\d{3}_\w{15}_\w{15}_\w{4}_(?P<release>\d\d)\.nc"
        ),
        (Offer("earthdata", "SWOT_L2_LR_SSH_UNSMOOTHED_D"),),
    ),
    "atl10": Product(
        "ICESat-2 freeboard (ATL10), the latest release of each granule",
        re.compile(r"ATL10-0[12]_\d{14}_\d{8}_(?P<release>\d{3}_\d\d)\.h5"),
        (Offer("earthdata", "ATL10"),),
    ),
    "nsidc0116": Product(
        "Daily ice motion at 25 km, a file a year (NSIDC-0116)",
        re.compile(r"icemotion_daily_[ns]h_25km_\d{8}_\d{8}_v[\d.]+\.nc"),
        (Offer("earthdata", "NSIDC-0116", {"version": "4"}),),
    ),
    "osi405": Product(
        "OSI SAF ice drift over 48 h at 62.5 km (OSI-405-c)",
        re.compile(r"ice_drift_[ns]h_polstere-625_multi-oi_\d{12}-\d{12}\.nc"),
        # Names of Copernicus Marine until 2024 at least (assumed to hold still).
        (Offer("marine", "METNO-GLO-SEAICE_DRIFT-{HEMISPHERE}-L4-NRT-OBS"),),
    ),
    "concentration": Product(
        "Daily sea-ice concentration at 25 km, Bootstrap (NSIDC-0079)",
        re.compile(r"NSIDC0079_SEAICE_PS_[NS]25km_\d{8}_v[\d.]+\.nc"),
        (Offer("earthdata", "NSIDC-0079", {"version": "4"}),),
    ),
}

#: Products of iceco that no client fetches, and where they are to be had by hand.
BY_HAND = {
    "cryosat2": "ESA keeps it at https://science-pds.cryosat.esa.int, level 1b in SIR_SAR_L1 by "
    "year and month; take the .nc files; register at https://eoiam-idp.eo.esa.int",
    "altika": "AVISO keeps it at sftp://ftp-access.aviso.altimetry.fr:2221, GDR and SGDR by cycle "
    "and pass; register at https://www.aviso.altimetry.fr",
}


def offer_of(product: str, provider: str | None) -> tuple[Product, Offer]:
    """Return a product and the collection of a provider, by default of the first, that has it.

    Raises
    ------
    ValueError
        If there is no such product, no client fetches it, or the provider does not have it.
    """
    if product in BY_HAND:
        raise ValueError(f"{product}: no client knows its archive; {BY_HAND[product]}")
    if product not in PRODUCTS:
        raise ValueError(f"{product!r} is no product; there are {', '.join(PRODUCTS)}")
    known = PRODUCTS[product]
    for offer in known.offers:
        if provider in (None, offer.provider):
            return known, offer
    there = ", ".join(offer.provider for offer in known.offers)
    raise ValueError(f"--provider {provider}: does not have {product}; there is {there}")
