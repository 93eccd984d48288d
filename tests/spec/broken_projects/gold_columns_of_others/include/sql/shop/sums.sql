select o.customer, sum(o.totals) as sum
from silver_shop.orders as o
group by customer
