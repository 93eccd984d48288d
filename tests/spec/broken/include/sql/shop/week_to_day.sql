-- Each day with the six before it.
select day, sum(sum(amount)) over (order by day rows 6 preceding) as of_week
from silver_shop.orders
where day >= :data_interval_start::date - 6 and day < :data_interval_end
group by day
