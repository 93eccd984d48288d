select
    top_release,
    count(*) as brands,
    max(lifetime_gross) as lifetime_gross
from silver_cinema.brands
group by top_release
