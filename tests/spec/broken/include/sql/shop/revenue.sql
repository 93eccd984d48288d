select o.day, sum(o.amount) as revenue
from silver_shop.orders as o
group by o.day
