select day from silver_shop.orders
