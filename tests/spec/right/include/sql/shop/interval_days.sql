select day, amount
from silver_shop.orders
where day >= current_date - 7 and day < current_date
