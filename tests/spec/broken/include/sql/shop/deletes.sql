delete from silver_shop.orders
