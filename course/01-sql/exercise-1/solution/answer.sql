select brand, releases, total_gross
from silver_cinema.brands
where releases >= 26
order by total_gross desc
