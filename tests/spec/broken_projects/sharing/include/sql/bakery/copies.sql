select customer
from silver_shop.customers
