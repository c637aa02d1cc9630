"""Freeboard fields against referees that took no part in them: SWOT swaths and ICESat-2."""
