-- Each year from 2000 on with at least 10 films: year, films, mean_vote (rounded to two digits).
-- This counts all films. Change it.

select
    count(*) as films,
    round(avg(vote_average)::numeric, 2) as mean_vote
from silver_cinema.movies
