select day from silver_shop.customers
union all
select day from gold_shop.first
