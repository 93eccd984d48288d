select o.changed_at as day, amount from silver_shop.orders as o
union all
select day, amount from silver_shop.orders
