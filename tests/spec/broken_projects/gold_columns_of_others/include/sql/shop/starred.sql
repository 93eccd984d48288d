select *, o.total from silver_shop.orders as o
