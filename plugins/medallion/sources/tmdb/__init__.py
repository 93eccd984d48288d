"""The source `tmdb`: The Movie Database, windows of release dates and all."""
