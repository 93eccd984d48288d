select o.* from silver_shop.orders as o
