select day from gold_shop.egg
