select shop, amount from silver_shop.raw_sales
