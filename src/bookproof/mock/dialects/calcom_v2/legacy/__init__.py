"""The shapes of the first version of the API, which are those of every request that names no known date."""
