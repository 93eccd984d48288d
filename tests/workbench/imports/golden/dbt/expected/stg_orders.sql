with source as (
    select * from silver_shop.orders
)

select order_id, customer_id, status, amount, ordered_on
from source
