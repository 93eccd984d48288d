select distinct on (customer) customer, day, amount
from silver_golden.orders
where day >= :data_interval_start and day < :data_interval_end
order by customer, day desc
