-- How each brand's top release did. A title that several films answer to (a remake) takes the
-- latest of them; `candidates` says how many there were.
with matches as (
    select
        b.brand,
        m.movie_id,
        m.title,
        m.release_date,
        m.popularity,
        m.vote_average,
        m.vote_count,
        row_number() over (
            partition by b.brand
            order by m.release_date desc nulls last, m.vote_count desc, m.movie_id
        ) as choice,
        count(*) over (partition by b.brand) as candidates
    from silver_cinema.brands as b
    join silver_cinema.movies as m
        on b.title_key in (m.title_key, m.english_title_key)
)
select
    b.brand,
    b.total_gross,
    b.releases,
    b.top_release,
    m.movie_id as top_release_movie_id,
    m.release_date as top_release_date,
    m.popularity,
    m.vote_average as mean_vote,
    m.vote_count as votes,
    b.lifetime_gross,
    round(b.lifetime_gross / nullif(b.total_gross, 0), 4) as top_release_share,
    coalesce(m.candidates, 0) as candidates
from silver_cinema.brands as b
left join matches as m
    on m.brand = b.brand and m.choice = 1
