select day, sum(amount) as revenue, max(changed_at) as changed_at
from silver_shop.orders
where day >= :data_interval_start and day < :data_interval_end
group by day
