select * from gold_golden.a
