select day, amount
from silver_shop.orders
where day >= :data_interval_start and day < :data_interval_end
