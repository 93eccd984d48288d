select day, amount
from silver_shop.orders
