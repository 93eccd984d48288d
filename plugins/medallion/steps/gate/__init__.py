"""The step `gate`: Great Expectations on a landing or a staging table. No other room imports it."""
