select s.buyer, o.total
from gold_shop.later as l
join (select customer, total from silver_shop.orders) as s (buyer) on s.buyer = l.customer
join silver_shop.orders as o on o.customer = l.client
