-- The brands side by side, by the film that represents each of them.
select
    p.brand,
    count(p.top_release_movie_id) as films,
    avg(p.popularity) as mean_popularity,
    sum(p.mean_vote * p.votes) / nullif(sum(p.votes), 0) as mean_vote,
    sum(p.votes) as votes,
    max(p.total_gross) as total_gross,
    rank() over (order by avg(p.popularity) desc nulls last, p.brand) as popularity_rank,
    rank() over (order by max(p.total_gross) desc nulls last, p.brand) as gross_rank
from gold_cinema.brand_performance as p
where p.top_release_movie_id is not null
group by p.brand
