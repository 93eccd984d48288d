select n from gold_shop.totals
