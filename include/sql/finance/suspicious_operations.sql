-- An operation shows once by each rule that it breaks. What is usual for a customer, and where he
-- has been, follows from his earlier operations, once there are five of them.
with seen as (
    select
        o.*,
        count(*) over earlier as earlier_operations,
        avg(o.amount_eur) over earlier as usual_eur,
        count(*) over last_hour as within_an_hour,
        count(*) filter (
            where o.kind = 'cash_deposit' and o.amount_eur >= 9000 and o.amount_eur < 10000
        ) over last_week as nearly_reported,
        row_number() over (
            partition by o.customer_id, o.country order by o.booked_at, o.transaction_id
        ) as times_in_country,
        o.booked_at at time zone 'Europe/Paris' as local_time
    from gold_finance.operations as o
    window
        earlier as (
            partition by o.customer_id order by o.booked_at, o.transaction_id
            rows between unbounded preceding and 1 preceding
        ),
        last_hour as (
            partition by o.customer_id order by o.booked_at
            range between interval '1 hour' preceding and current row
        ),
        last_week as (
            partition by o.customer_id order by o.booked_at
            range between interval '7 days' preceding and current row
        )
),
broken as (
    select s.*, 'unusual_amount' as rule, 'usually ' || round(s.usual_eur) || ' EUR' as because
    from seen as s
    where s.earlier_operations >= 5 and s.amount_eur >= 1000 and s.amount_eur > 20 * s.usual_eur
    union all
    select s.*, 'many_within_an_hour', s.within_an_hour || ' within an hour'
    from seen as s
    where s.within_an_hour >= 6
    union all
    select s.*, 'round_amount_at_night', 'at ' || to_char(s.local_time, 'HH24:MI')
    from seen as s
    where extract(hour from s.local_time) < 5 and s.amount_eur >= 1000 and s.amount_eur % 100 = 0
    union all
    select s.*, 'new_country', 'the first one in ' || s.country
    from seen as s
    where s.earlier_operations >= 5 and s.times_in_country = 1 and s.country <> s.home_country
    union all
    select s.*, 'below_the_threshold', s.nearly_reported || ' deposits just below 10,000 EUR'
    from seen as s
    where
        s.kind = 'cash_deposit'
        and s.amount_eur >= 9000
        and s.amount_eur < 10000
        and s.nearly_reported >= 3
    union all
    select s.*, 'customer_has_left', 'no customer any more'
    from seen as s
    where s.segment = 'left'
)
select
    b.transaction_id,
    b.rule,
    b.because,
    b.customer_id,
    b.segment,
    b.booked_at,
    b.kind,
    b.amount_eur,
    b.country,
    b.label
from broken as b
