-- Each operation once. One that several daily files have counts as the first of them has it; a day
-- without a rate of its own (a weekend) takes the last one before it.
with daily as (
    select
        t.*,
        row_number() over (partition by t.transaction_id order by t._data_interval_end) as telling,
        count(*) over (partition by t.transaction_id) as deliveries
    from silver_finance.transactions as t
)
select
    o.transaction_id,
    o.booked_at,
    o.booked_on,
    o.customer_id,
    coalesce(c.segment, 'left') as segment,
    c.country as home_country,
    o.kind,
    o.amount,
    o.currency,
    case when o.currency = 'EUR' then o.amount else round(o.amount / r.rate, 2) end as amount_eur,
    case when o.currency = 'EUR' then 0 else o.booked_on - r.rate_date end as rate_age_days,
    o.country,
    o.label,
    o.brand,
    o.deliveries
from daily as o
left join silver_finance.customers as c
    on c.customer_id = o.customer_id
    and c._valid_from <= o._data_interval_end
    and coalesce(c._valid_to, 'infinity') > o._data_interval_end
left join lateral (
    select x.rate, x.rate_date
    from silver_finance.exchange_rates as x
    where x.currency = o.currency and x.rate_date <= o.booked_on
    order by x.rate_date desc
    limit 1
) as r on true
where o.telling = 1
