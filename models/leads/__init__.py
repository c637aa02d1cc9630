"""Lead probability of a SAR scene."""
