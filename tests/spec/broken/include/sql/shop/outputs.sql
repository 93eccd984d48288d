select o.customer, count(*), o.total::int, o.total::int as ctid, o.customer
from silver_shop.orders as o
group by o.customer, o.total
