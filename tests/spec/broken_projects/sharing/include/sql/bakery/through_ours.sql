select customer from gold_bakery.ours
