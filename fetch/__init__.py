"""Agency archives: what they hold of an area and time, and how it is brought here."""
