select count(*) as n from silver_shop.orders
