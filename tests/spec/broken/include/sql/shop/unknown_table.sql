select o.day
from silver_shop.orders as o
join silver_shop.ordrs_old as x on x.day = o.day
