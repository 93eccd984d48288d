select l.customer as buyer from gold_shop.later as l
