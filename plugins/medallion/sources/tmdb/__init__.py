"""The source `tmdb`: The Movie Database, split into windows of release dates."""
