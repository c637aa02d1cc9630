"""What tags and names tell of a raster."""

import numpy as np
import pytest

from iceco.products.raster_tags import (
    is_decibel,
    mission_and_mode,
    named_polarisation,
    scene_time,
)

NAME = "clip_HH_S1B_EW_GRDM_1SDH_20200301T083237_20200301T083347_020496.tif"


@pytest.mark.parametrize(
    ("tags", "name", "expected"),
    [
        ({}, NAME, "2020-03-01T08:33:12"),
        ({}, "S1B_EW_GRDM_1SDH_20200123T120618.tif", "2020-01-23T12:06:18"),
        ({"ACQUISITION_TIME": "2020-03-01T08:00:00Z"}, "hh.tif", "2020-03-01T08:00:00"),
        ({"acquisition_time": "2020-03-01T08:00:00+02:00"}, "hh.tif", "2020-03-01T06:00:00"),
        ({"TIFFTAG_DATETIME": "2022:11:30 01:43:42"}, "hh.tif", "2022-11-30T01:43:42"),
        (
            {
                "time_coverage_start": "2020-01-23T12:06:18",
                "time_coverage_end": "2020-01-23T12:07:18",
            },
            NAME,
            "2020-01-23T12:06:48",
        ),
    ],
)
def test_the_time_is_the_middle_of_what_tags_or_name_tell(tags, name, expected):
    assert scene_time(tags, name).time == np.datetime64(expected)


def test_the_name_is_believed_before_the_tag_that_other_software_writes_when_saving():
    told = scene_time({"TIFFTAG_DATETIME": "2024:05:05 10:00:00"}, NAME)
    assert (told.time, told.told_by) == (np.datetime64("2020-03-01T08:33:12"), "file name")


def test_two_times_far_apart_are_no_span():
    told = scene_time({}, "S1A_20200301T083237_processed_20210101T000000.tif")
    assert told.time == np.datetime64("2020-03-01T08:32:37")


@pytest.mark.parametrize("name", ["hh.tif", "scene_20201399T999999.tif", "a20200301.tif"])
def test_no_time_is_none(name):
    assert scene_time({"TIFFTAG_DATETIME": "yesterday"}, name) is None


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["sigma0_HV"], "HV"),
        (["", "Sigma0_VV_db"], "VV"),
        (["s1a-ew-grd-hh-20221130t014342.tiff"], "HH"),
        (["HH and HV", "VV"], "VV"),
        (["HH_HV.tif"], None),
        (["S1A_EW_GRDM_1SDH_20200301T083237"], None),
        (["WHHAT"], None),
        ([], None),
    ],
)
def test_a_polarisation_is_told_by_the_first_text_that_names_just_one(texts, expected):
    assert named_polarisation(texts) == expected


@pytest.mark.parametrize(
    ("units", "names", "expected"),
    [
        (["dB"], [], True),
        (["m/m"], ["Sigma0_HH_db"], False),
        ([""], ["Sigma0_HH_db"], True),
        (["furlong"], ["sigma0_linear"], False),
        ([], ["dbase", "S1A"], None),
    ],
)
def test_the_unit_is_told_by_units_before_names(units, names, expected):
    assert is_decibel(units, names) is expected


def test_mission_and_mode_stand_in_sentinel1_names():
    assert mission_and_mode(NAME) == ("s1b", "EW")
    assert mission_and_mode("s1a-ew-grd-hh-20221130t014342.tiff") == ("s1a", "EW")
    assert mission_and_mode("RS2_SCWA_20200301.tif") == ("unknown", "unknown")
