-- What the public makes of each genre. A film counts once in each of its genres.
select
    g.name as genre,
    count(m.movie_id) as films,
    round(avg(m.popularity)::numeric, 3) as mean_popularity,
    round((sum(m.vote_average * m.vote_count) / nullif(sum(m.vote_count), 0))::numeric, 3) as mean_vote,
    coalesce(sum(m.vote_count), 0) as votes,
    (array_agg(m.title order by m.popularity desc, m.movie_id))[1] as most_popular,
    rank() over (order by avg(m.popularity) desc nulls last, g.name) as popularity_rank
from silver_cinema.genres as g
left join silver_cinema.movies as m
    on g.name = any(m.genres)
group by g.name
