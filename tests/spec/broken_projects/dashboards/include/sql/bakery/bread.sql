select s.day, s.buyer as who, s.amount from gold_shop.sales as s
