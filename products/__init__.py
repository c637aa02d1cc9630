"""Agency files in and out; the only room that knows their variable names."""
