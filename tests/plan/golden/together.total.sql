select sum(amount) as amount from silver_golden.orders
