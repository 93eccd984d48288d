select
    t.booked_on as day,
    t.currency,
    t.kind,
    count(*) as operations,
    sum(t.amount) as volume
from silver_finance.transactions as t
group by 1, 2, 3
