select customer from silver_shop.orders
