"""The layout of SWOT's L2_LR_SSH products: every variable, its type, packing and meaning.

Taken from the product definitions of CNES and JPL (2022), which say more of each variable.
"""

from typing import NamedTuple

#: A variable in a row: name, type, shape, scale factor, units, valid range (packed), long name.
#: Shapes: a value a ``line``, a ``pixel`` of each line, or a ``side`` of each line.
EXPERT = """
time|f8|line||time||time in UTC
time_tai|f8|line||time||time in TAI
latitude|i4|pixel|1e-06|degrees_north|-80000000 80000000|latitude (positive N, negative S)
longitude|i4|pixel|1e-06|degrees_east|0 359999999|longitude (degrees East)
ssh_karin|i4|pixel|0.0001|m|-15000000 150000000|sea surface height
ssh_karin_uncert|u2|pixel|0.0001|m|0 60000|sea surface height anomaly uncertainty
ssha_karin|i4|pixel|0.0001|m|-1000000 1000000|sea surface height anomaly
ssh_karin_2|i4|pixel|0.0001|m|-15000000 150000000|sea surface height
ssha_karin_2|i4|pixel|0.0001|m|-1000000 1000000|sea surface height anomaly
ssha_karin_qual|u4|pixel|||0 1|sea surface height quality flag
polarization_karin|S1|side||||polarization for each side of the KaRIn swath
swh_karin|u2|pixel|0.001|m|0 25000|significant wave height from KaRIn
swh_karin_uncert|u2|pixel|0.001|m|0 25000|1-sigma uncertainty on significant wave height from KaRIn
sig0_karin|f4|pixel||1|-1000 10000000|sigma0 from KaRIn, linear
sig0_karin_uncert|f4|pixel||1|0 1000|1-sigma uncertainty on sigma0 from KaRIn
sig0_karin_2|f4|pixel||1|-1000 10000000|sigma0 from KaRIn, linear
wind_speed_karin|u2|pixel|0.001|m/s|0 65000|wind speed from KaRIn
wind_speed_karin_2|u2|pixel|0.001|m/s|0 65000|wind speed from KaRIn
swh_karin_qual|u4|pixel|||0 1|quality flag for significant wave height from KaRIn
sig0_karin_qual|u4|pixel|||0 1|quality flag for sigma0 from KaRIn
num_pt_avg|u2|pixel||1|0 289|number of samples averaged
swh_model|u2|pixel|0.001|m|0 30000|significant wave height from wave model
mean_wave_direction|u2|pixel|0.01|degree|0 36000|mean sea surface wave direction
mean_wave_period_t02|u2|pixel|0.001|s|0 100|sea surface wind wave mean period
wind_speed_model_u|i2|pixel|0.001|m/s|-30000 30000|u component of model wind
wind_speed_model_v|i2|pixel|0.001|m/s|-30000 30000|v component of model wind
wind_speed_rad|u2|side|0.001|m/s|0 65000|wind speed from radiometer
distance_to_coast|u2|pixel|1000|m|0 21000|distance to coast
heading_to_coast|u2|pixel|0.01|degrees|0 35999|heading to coast
ancillary_surface_classification_flag|u1|pixel|||0 6|surface classification
dynamic_ice_flag|u1|pixel|||0 2|dynamic ice flag
rain_flag|u1|pixel|||0 2|rain flag
rad_surface_type_flag|u1|side|||0 2|radiometer surface type flag
sc_altitude|i4|line|0.0001|m|0 2000000000|altitude of KMSF origin
latitude_nadir|i4|line|1e-06|degrees_north|-80000000 80000000|latitude of satellite nadir point
longitude_nadir|i4|line|1e-06|degrees_east|0 359999999|longitude of satellite nadir point
orbit_alt_rate|i2|line|0.01|m/s|-3500 3500|orbital altitude rate with respect to mean sea surface
cross_track_angle|i4|line|1e-06|degrees|0 359999999|cross-track angle from true north
sc_roll|i4|line|0.0001|degrees|-1799999 1800000|roll of the spacecraft
sc_pitch|i4|line|0.0001|degrees|-1799999 1800000|pitch of the spacecraft
sc_yaw|i4|line|0.0001|degrees|-1799999 1800000|yaw of the spacecraft
velocity_heading|i4|line|1e-06|degrees|0 359999999|heading of the Earth-relative velocity
orbit_qual|u1|line|||0 1|orbit quality flag
latitude_avg_ssh|i4|pixel|1e-06|degrees_north|-80000000 80000000|mean latitude of samples in the SSH
longitude_avg_ssh|i4|pixel|1e-06|degrees_east|0 359999999|mean longitude of samples in the SSH
cross_track_distance|f4|pixel||m|-75000 75000|cross track distance
x_factor|f4|pixel||1|0 1e+20|radiometric calibration X factor
sig0_cor_atmos_model|f4|pixel||1|1 10|two-way atmospheric correction to sigma0 from model
sig0_cor_atmos_rad|f4|pixel||1|1 10|two-way atmospheric correction to sigma0 from radiometer data
doppler_centroid|i2|side|1|1/s|-30000 30000|doppler centroid estimated by KaRIn
phase_bias_ref_surface|i4|pixel|0.0001|m|-15000000 150000000|reference surface for phase bias
obp_ref_surface|i4|pixel|0.0001|m|-15000000 150000000|reference surface of on-board processor
rad_tmb_187|i2|side|0.01|K|13000 25000|radiometer main beam brightness temperature at 18.7 GHz
rad_tmb_238|i2|side|0.01|K|13000 25000|radiometer main beam brightness temperature at 23.8 GHz
rad_tmb_340|i2|side|0.01|K|15000 28000|radiometer main beam brightness temperature at 34.0 GHz
rad_water_vapor|i2|side|0.01|kg/m^2|0 15000|water vapor content from radiometer
rad_cloud_liquid_water|i2|side|0.01|kg/m^2|0 2000|liquid water content from radiometer
mean_sea_surface_cnescls|i4|pixel|0.0001|m|-1500000 1500000|mean sea surface height (CNES/CLS)
mean_sea_surface_cnescls_uncert|u2|pixel|0.0001|m|0 10000|mean sea surface accuracy (CNES/CLS)
mean_sea_surface_dtu|i4|pixel|0.0001|m|-1500000 1500000|mean sea surface height (DTU)
mean_sea_surface_dtu_uncert|u2|pixel|0.0001|m|0 10000|mean sea surface height accuracy (DTU)
geoid|i4|pixel|0.0001|m|-1500000 1500000|geoid height
mean_dynamic_topography|i2|pixel|0.0001|m|-30000 30000|mean dynamic topography
mean_dynamic_topography_uncert|u2|pixel|0.0001|m|0 10000|mean dynamic topography accuracy
depth_or_elevation|i2|pixel|1|m|-12000 10000|ocean depth or land elevation
solid_earth_tide|i2|pixel|0.0001|m|-10000 10000|solid Earth tide height
ocean_tide_fes|i4|pixel|0.0001|m|-300000 300000|geocentric ocean tide height (FES)
ocean_tide_got|i4|pixel|0.0001|m|-300000 300000|geocentric ocean tide height (GOT)
load_tide_fes|i2|pixel|0.0001|m|-2000 2000|geocentric load tide height (FES)
load_tide_got|i2|pixel|0.0001|m|-2000 2000|geocentric load tide height (GOT)
ocean_tide_eq|i2|pixel|0.0001|m|-2000 2000|equilibrium long-period ocean tide height
ocean_tide_non_eq|i2|pixel|0.0001|m|-2000 2000|non-equilibrium long-period ocean tide height
internal_tide_hret|i2|pixel|0.0001|m|-2000 2000|coherent internal tide (HRET)
internal_tide_sol2|i2|pixel|0.0001|m|-2000 2000|coherent internal tide (Model 2)
pole_tide|i2|pixel|0.0001|m|-2000 2000|geocentric pole tide height
dac|i2|pixel|0.0001|m|-12000 12000|dynamic atmospheric correction
inv_bar_cor|i2|pixel|0.0001|m|-2000 2000|static inverse barometer effect on sea surface height
model_dry_tropo_cor|i2|pixel|0.0001|m|-30000 -15000|dry troposphere vertical correction
model_wet_tropo_cor|i2|pixel|0.0001|m|-10000 0|wet troposphere correction from weather model
rad_wet_tropo_cor|i2|pixel|0.0001|m|-10000 0|wet troposphere correction from radiometer
iono_cor_gim_ka|i2|pixel|0.0001|m|-5000 0|ionosphere vertical correction
height_cor_xover|i4|pixel|0.0001|m|-100000 100000|height correction from KaRIn crossovers
correction_flag|u1|pixel|||0 1|quality flag for corrections
rain_rate|u1|pixel|1|mm/hr|0 200|rain rate from weather model
ice_conc|i2|pixel|0.01|%|0 10000|concentration of sea ice
sea_state_bias_cor|i2|pixel|0.0001|m|-6000 0|sea state bias correction to height
sea_state_bias_cor_2|i2|pixel|0.0001|m|-6000 0|sea state bias correction to height
swh_sea_state_bias|i2|pixel|0.001|m|0 25000|SWH used in sea state bias correction
"""

#: The same of either group, ``left`` and ``right``, of an Unsmoothed granule.
UNSMOOTHED = """
time|f8|line||time||time in UTC
time_tai|f8|line||time||time in TAI
latitude|i4|pixel|1e-06|degrees_north|-80000000 80000000|latitude (positive N, negative S)
longitude|i4|pixel|1e-06|degrees_east|0 359999999|longitude (degrees East)
latitude_uncert|u2|pixel|1e-06|degrees|0 20000|1-sigma latitude uncertainty
longitude_uncert|u2|pixel|1e-06|degrees|0 20000|1-sigma longitude uncertainty
polarization_karin|S1|line||||polarization for each side of the KaRIn swath
ssh_karin_2|i4|pixel|0.0001|m|-15000000 150000000|sea surface height
ssh_karin_uncert|u2|pixel|0.0001|m|0 60000|sea surface height anomaly uncertainty
sig0_karin_2|f4|pixel||1|-1000 10000000|sigma0 from KaRIn, linear
sig0_karin_uncert|f4|pixel||1|0 1000|1-sigma uncertainty on sigma0 from KaRIn
total_coherence|i2|pixel|0.0001|1|0 10000|total coherence
mean_sea_surface_cnescls|i4|pixel|0.0001|m|-1500000 1500000|mean sea surface height (CNES/CLS)
miti_power_250m|f4|pixel||1|-1 10|KaRIn power center beam at 250 m resolution
miti_power_var_250m|f4|pixel||1|-1 10|KaRIn power variance center beam at 250 m resolution
ancillary_surface_classification_flag|u1|pixel|||0 6|surface classification
ssh_qual|u1|pixel|||0 1|quality flag for unsmoothed sea surface height
"""

FILL: dict[str, float | int | str] = {
    "f8": 9.969209968386869e36,
    "f4": 9.96921e36,
    "i4": 2147483647,
    "i2": 32767,
    "u4": 4294967295,
    "u2": 65535,
    "u1": 255,
    "S1": "*",
}
#: Added to the packed number times its scale [m].
OFFSET = {"sc_altitude": 800_000.0}
TIME_UNITS = "seconds since 2000-01-01 00:00:00.0"
GOOD_BAD = "good bad"
#: Meaning of the flag values from 0 on.
FLAGS = {
    "ssha_karin_qual": GOOD_BAD,
    "swh_karin_qual": GOOD_BAD,
    "sig0_karin_qual": GOOD_BAD,
    "ssh_qual": GOOD_BAD,
    "correction_flag": GOOD_BAD,
    "ancillary_surface_classification_flag": (
        "open_ocean land continental_water aquatic_vegetation continental_ice_snow floating_ice "
        "salted_basin"
    ),
    "dynamic_ice_flag": "no_ice probable_ice ice",
    "rain_flag": "no_rain probable_rain rain",
    "rad_surface_type_flag": "open_ocean coastal_ocean land",
}
STANDARD_NAMES = {
    "time": "time",
    "time_tai": "time",
    "latitude": "latitude",
    "longitude": "longitude",
    "latitude_nadir": "latitude",
    "longitude_nadir": "longitude",
    "ssh_karin": "sea surface height above reference ellipsoid",
    "ssh_karin_2": "sea surface height above reference ellipsoid",
    "sig0_karin": "surface_backwards_scattering_coefficient_of_radar_wave",
    "sig0_karin_2": "surface_backwards_scattering_coefficient_of_radar_wave",
    "sc_altitude": "height_above_reference_ellipsoid",
    "ice_conc": "sea_ice_area_fraction",
    **dict.fromkeys(FLAGS, "status_flag"),
}


class Variable(NamedTuple):
    """How a variable stands in the file."""

    dtype: str
    shape: str  #: line, pixel or side
    scale: float | None  #: the variable's own units a count; None where nothing is packed
    units: str  #: "" where there are none
    valid_range: tuple[float, float] | None  #: packed
    long_name: str

    @property
    def dimensions(self) -> tuple[str, ...]:
        """``line``, and what ``shape`` adds to it."""
        return ("line",) if self.shape == "line" else ("line", self.shape)


def variables(table: str) -> dict[str, Variable]:
    """Return the variables of ``EXPERT`` or ``UNSMOOTHED`` by name, in file order."""
    rows = (row.split("|") for row in table.strip().splitlines())
    return {name: _variable(*cells) for name, *cells in rows}


def _variable(
    dtype: str, shape: str, scale: str, units: str, valid_range: str, long_name: str
) -> Variable:
    bounds = tuple(float(bound) for bound in valid_range.split())
    return Variable(
        dtype,
        shape,
        float(scale) if scale else None,
        TIME_UNITS if units == "time" else units,
        (bounds[0], bounds[1]) if bounds else None,
        long_name,
    )
