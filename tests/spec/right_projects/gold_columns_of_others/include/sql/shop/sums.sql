select o.customer, sum(o.total) as sum
from silver_shop.orders as o
group by o.customer
