select
    extract(year from release_date) as year,
    count(*) as films,
    round(avg(vote_average)::numeric, 2) as mean_vote
from silver_cinema.movies
where release_date >= date '2000-01-01'
group by extract(year from release_date)
having count(*) >= 10
