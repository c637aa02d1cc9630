"""The table of products: names of real files fit, and every offer has an archive."""

import builtins
import sys

import pytest

import iceco.fetch
from iceco.fetch.archives import PROVIDERS, search
from iceco.fetch.area import parse_area
from iceco.fetch.period import parse_period, utc
from iceco.fetch.products import BY_HAND, PRODUCTS, offer_of
from iceco.fetch.remote import Remote, checksum_text, wanted

REAL = {
    "sentinel1-ew": "S1A_EW_GRDM_1SDH_20221130T014342_20221130T014446_046117_058549_BB15.zip",
    "sentinel3": "S3B_SR_2_WAT____20251109T015524_20251109T020523_20251109T035001_0599_113_117"
    "______MAR_O_NR_G61.SEN3.zip",
    "sentinel3-sea-ice": "S3A_SR_2_LAN_SI_20230502T150553_20230502T155016_20230528T090246_2663_"
    "098_210______LN3_O_NT_005.SEN3.zip",
    "swot-expert": "SWOT_L2_LR_SSH_Expert_001_160_20230726T215351_20230726T224519_PGD0_01.nc",
    "swot-unsmoothed": "SWOT_L2_LR_SSH_Unsmoothed_001_160_20230726T215351_20230726T224518_PID0_02"
    ".nc",
    "atl10": "ATL10-01_20220107195849_02531401_006_01.h5",
    "nsidc0116": "icemotion_daily_nh_25km_20220101_20221231_v4.1.nc",
    "osi405": "ice_drift_nh_polstere-625_multi-oi_201909011200-201909031200.nc",
    "concentration": "NSIDC0079_SEAICE_PS_N25km_20081219_v4.0.nc",
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_the_name_of_a_real_file_is_one_of_the_product_and_of_no_other(name):
    fits = [other for other, product in PRODUCTS.items() if product.name.fullmatch(REAL[name])]
    assert fits == [name]


@pytest.mark.parametrize("name", PRODUCTS)
def test_no_name_of_a_product_leads_out_of_a_folder(name):
    pattern, real = PRODUCTS[name].name, REAL[name]
    for hostile in (f"../{real}", f"/{real}", f"a/{real}", f"{real}\n", f"{real}/x", f".{real}"):
        assert pattern.fullmatch(hostile) is None


@pytest.mark.parametrize("name", PRODUCTS)
def test_every_collection_is_of_a_known_archive(name):
    for offer in PRODUCTS[name].offers:
        assert offer.provider in PROVIDERS
        assert offer_of(name, offer.provider)[1] == offer
    assert offer_of(name, None)[1] == PRODUCTS[name].offers[0]


@pytest.mark.parametrize("name", BY_HAND)
def test_what_no_client_fetches_is_refused_with_its_address_and_where_to_register(name):
    with pytest.raises(ValueError, match=r"no client knows its archive; .*://.*register at https"):
        offer_of(name, None)


@pytest.mark.parametrize(
    ("name", "provider", "reason"),
    [
        ("sentinel2", None, "'sentinel2' is no product; there are sentinel1-ew, "),
        ("atl10", "asf", "--provider asf: does not have atl10; there is earthdata"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(name, provider, reason):
    with pytest.raises(ValueError, match=reason):
        offer_of(name, provider)


@pytest.mark.parametrize(
    ("name", "provider", "client"),
    [
        ("sentinel1-ew", "asf", "asf_search"),
        ("atl10", "earthdata", "earthaccess"),
        ("sentinel3", "eumetsat", "eodag"),
        ("osi405", "marine", "copernicusmarine"),
    ],
)
def test_a_client_that_is_not_installed_is_named_with_what_to_install(
    monkeypatch, name, provider, client
):
    real = builtins.__import__

    def without(module, *words):
        if module.split(".")[0] == client:
            raise ModuleNotFoundError(f"No module named {client!r}", name=client)
        return real(module, *words)

    for loaded in ("asf", "earthdata", "dataspace", "marine"):
        monkeypatch.delitem(sys.modules, f"iceco.fetch.{loaded}", raising=False)
        monkeypatch.delattr(iceco.fetch, loaded, raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ValueError, match=rf"{client} is not installed.*iceco\[fetch\]"):
        search(
            *offer_of(name, provider),
            parse_area("0,80,9,84"),
            parse_period("2022-11-30", "2022-11-30"),
        )


def test_files_come_in_the_order_of_their_times_and_each_once():
    names = [REAL["atl10"].replace("195849", clock) for clock in ("150000", "120000", "130000")]
    remotes = [
        Remote(name, name, "", utc(f"2022-11-30T{15 - n}:00"), utc(f"2022-11-30T{16 - n}:00"))
        for n, name in enumerate(names)
    ]
    kept = wanted(
        remotes * 2, PRODUCTS["atl10"].name, parse_area("0,80,9,84"),
        parse_period("2022-11-30T14:30", "2022-11-30"),
    )  # fmt: skip
    assert [remote.name for remote in kept] == names[1::-1]


@pytest.mark.parametrize(
    ("algorithm", "text"),
    [("MD5", "md5:0a"), ("SHA-256", "sha256:0a"), ("sha512", "sha512:0a"), ("BLAKE3", None)],
)
def test_a_checksum_is_known_by_its_algorithm(algorithm, text):
    assert checksum_text(algorithm, "0A") == text
    assert checksum_text(algorithm, "") is None
