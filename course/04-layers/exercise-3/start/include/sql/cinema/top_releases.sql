-- One row per top release: top_release, brands, lifetime_gross. Read silver_cinema.brands.

