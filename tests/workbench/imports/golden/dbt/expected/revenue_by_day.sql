select ordered_on, sum(amount) as revenue
from gold_shop.stg_orders
where status = 'paid'
group by ordered_on
