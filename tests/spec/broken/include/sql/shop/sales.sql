select o.day, o.shop, o.buyer, count(distinct o.buyer) as buyers, sum(o.amount) as amount
from silver_shop.orders as o
group by o.day, o.shop, o.buyer
