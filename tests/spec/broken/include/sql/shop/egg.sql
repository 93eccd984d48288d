select day
from gold_shop.chicken
