-- The brands with 26 releases or more: brand, releases, total_gross; the largest box office first.
-- Write your SELECT below this line, from silver_cinema.brands.

