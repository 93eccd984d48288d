select date_trunc('month', day)::date as day, sum(amount) as amount
from silver_golden.orders
where day >= :data_interval_start and day < :data_interval_end
group by 1
