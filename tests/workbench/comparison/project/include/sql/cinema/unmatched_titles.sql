-- What a person should look at: a top release that no film answers to, or more than one.
select
    p.brand,
    p.top_release,
    p.candidates,
    case when p.candidates = 0 then 'no film' else 'several films' end as reason
from gold_cinema.brand_performance as p
where p.candidates <> 1
