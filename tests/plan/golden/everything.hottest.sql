select sensor, max(value) as maximum
from silver_golden.readings
where _load_id is not null and :data_interval_end > '2020-01-01'
group by sensor
