"""The source `tmdb`: The Movie Database, split into windows of release dates.

What every API needs is below, in `http`.
"""
