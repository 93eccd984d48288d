select day -- été
from silver_shop.orders
