select amount from silver_shop.orders where amount > 100
