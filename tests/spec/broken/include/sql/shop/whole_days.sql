select changed_at::date as day, sum(amount) as revenue
from silver_shop.orders
group by 1
