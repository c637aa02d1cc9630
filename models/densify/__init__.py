"""Sea-ice freeboard on grids, from a few altimeter tracks and SAR scenes."""
