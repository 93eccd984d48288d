select 1 as one from silver_shop.orders
