select o.day, o.buyer, count(o.buyer) as buyers, sum(o.amount) as amount
from silver_shop.orders as o
group by o.day, o.buyer
