select o.day, sum(o.amount) as revenue
from silver_shop.orders as o
where o.day >= :data_interval_start and o.day < :data_interval_end
group by o.day
