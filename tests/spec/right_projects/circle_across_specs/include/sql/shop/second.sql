select day from silver_shop.customers
