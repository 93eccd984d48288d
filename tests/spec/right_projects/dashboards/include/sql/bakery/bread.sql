select s.day, s.amount from gold_shop.sales as s
