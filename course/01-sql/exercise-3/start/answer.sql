-- Every brand with the number of films that have its title_key, 0 where there is none: brand, films.
-- The tables: silver_cinema.brands and silver_cinema.movies. Both have a column title_key.

