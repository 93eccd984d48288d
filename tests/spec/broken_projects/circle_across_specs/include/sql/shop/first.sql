select day from gold_shop.second
