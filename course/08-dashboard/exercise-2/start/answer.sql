-- The mean vote over all genres, weighted by votes and rounded to two digits, and the votes:
-- mean_vote, votes. One row, from gold_cinema.genre_popularity.

