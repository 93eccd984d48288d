select day from gold_shop.days
