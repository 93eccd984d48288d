select o.customer, sum(o.total) as total
from silver_shop.orders as o
group by o.customer
