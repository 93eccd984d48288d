select s.customer, s.sum
from gold_shop.sums as s
