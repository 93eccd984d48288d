select day
from silver_shop.orders
where day = '{{ ds }}'
