select day, sum(amount) as revenue
from silver_shop.orders
where day >= :data_interval_start and day < :data_interval_end
group by day
