select day, sum(amount) as amount from silver_golden.orders group by day
