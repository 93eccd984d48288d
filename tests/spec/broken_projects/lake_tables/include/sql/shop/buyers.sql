select name as buyer, sum(amount)::numeric(18,2) as spent from silver_shop.orders group by 1
