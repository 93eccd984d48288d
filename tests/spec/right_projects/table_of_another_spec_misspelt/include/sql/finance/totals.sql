select count(*) as orders
from silver_shop.orders
