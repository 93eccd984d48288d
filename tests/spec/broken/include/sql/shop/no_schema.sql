select day
from orders
