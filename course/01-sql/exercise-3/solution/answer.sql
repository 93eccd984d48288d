select b.brand, count(m.movie_id) as films
from silver_cinema.brands as b
left join silver_cinema.movies as m
    on m.title_key = b.title_key
group by b.brand
