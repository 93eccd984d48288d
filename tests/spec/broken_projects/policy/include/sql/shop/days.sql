SELECT day, count(*) AS orders FROM silver_shop.orders GROUP BY day
