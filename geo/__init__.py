"""Where and when: polar planes, true distances, time scales, swath geolocation."""
