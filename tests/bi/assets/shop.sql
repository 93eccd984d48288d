-- What the shop has published, as a warehouse has it: the same rows each time.
create schema gold_shop;
create schema medallion_bi;

create table gold_shop.sales as
select
    n::bigint as sale_id,
    date '2026-01-01' + (n % 181) as day,
    timestamptz '2026-01-01 09:00+00' + (n % 181) * interval '1 day' as booked_at,
    (array['FR', 'FR', 'FR', 'DE', 'US', 'JP', 'BR', 'ZA'])[1 + n % 8]::varchar(2) as country,
    case when n % 8 < 3 then (array['FR-75', 'FR-69', 'FR-13', 'FR-33', 'FR-59'])[1 + n % 5] end as region,
    (array['retail', 'business', 'retail', 'private'])[1 + (n / 3) % 4] as segment,
    (array['Lamp', 'Armchair with footstool', 'Desk', 'Rug', 'Bookshelf, oak', 'Mirror', 'Stool',
        'Coffee table, round', 'Bed', 'Curtain', 'Vase', 'Clock'])[1 + ((n % 13) * (n % 11)) % 12] as product,
    'somebody' || n || '@example.org' as customer_email,
    (1 + n % 7)::integer as quantity,
    (20 + (n * 37) % 480)::double precision as unit_price,
    ((1 + n % 7) * (20 + (n * 37) % 480) * 10)::numeric(18, 2) as amount,
    array['a', 'b'] as tags,
    1::bigint as _load_id
from generate_series(1, 5000) as n;

create table gold_shop.stock as
select product, (row_number() over (order by product) * 13)::integer as pieces
from (select distinct product from gold_shop.sales) as one;

create table medallion_bi.freshness (
    schema_name text, table_name text, state text, message text,
    as_of timestamptz, next_expected timestamptz, last_failure text
);
insert into medallion_bi.freshness values
    ('gold_shop', 'sales', 'fresh', 'as of 2026-06-30 00:00 UTC, next expected 2026-07-01 02:00 UTC',
        '2026-06-30 00:00+00', '2026-07-01 02:00+00', null),
    ('gold_shop', 'stock', 'stale',
        'stale since 2026-06-29 02:00 UTC; last run failed: checks of stock failed; as of 2026-06-28 00:00 UTC',
        '2026-06-28 00:00+00', '2026-06-29 02:00+00', 'checks of stock failed'),
    ('gold_other', 'sales', 'fresh', 'as of now', now(), now(), null);
