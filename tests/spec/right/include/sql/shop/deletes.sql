select day
from silver_shop.orders
where amount > 0
