select day,
    (amount) as amount
from silver_shop.orders
