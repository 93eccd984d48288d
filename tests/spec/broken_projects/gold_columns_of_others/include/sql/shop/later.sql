select s.customer, s.amount, s._data_interval_end, s.sum
from gold_shop.sums as s
