select s.code, g.total from silver_other.sensors s join gold_other.totals g using (code)
