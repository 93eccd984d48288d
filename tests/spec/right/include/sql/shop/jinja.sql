select day
from silver_shop.orders
where day >= :data_interval_start
