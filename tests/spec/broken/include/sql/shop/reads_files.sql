select pg_read_file('/etc/passwd') as secrets
from silver_shop.orders
