-- gold_shop.itself is the table that this builds
select day
from gold_shop.itself
