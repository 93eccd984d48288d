-- case: not a SELECT
delete from silver_a.x
-- refused: 1:1 a gold table is one SELECT; this is another statement

-- case: two statements
select 1; select 2
-- refused: 1:1 a gold table is one SELECT; this is 2 statements

-- case: nothing
-- only a comment
-- refused: 1:1 a gold table is one SELECT; this is 0 statements

-- case: a CTE that changes data
with gone as (delete from silver_a.x returning 1) select * from gone
-- refused: 1:36 a query that changes data is refused

-- case: SELECT INTO
select * into silver_a.y from silver_a.x
-- refused: 1:24 SELECT INTO is refused

-- case: a lock
select * from silver_a.x for update
-- refused: 1:1 FOR UPDATE and FOR SHARE are refused

-- case: Jinja
select a
from silver_a.x where day = '{{ ds }}'
-- refused: 2:30 SQL is not a template: {{ is Jinja

-- case: Jinja statements
{% if true %} select 1 {% endif %}
-- refused: 1:1 SQL is not a template: {% is Jinja

-- case: a placeholder that nobody fills in
select a from silver_a.x where a = :secret
-- refused: 1:1 :secret is not known here

-- case: a table without its schema
select a from movies
-- refused: 1:15 movies is not a published table

-- case: the catalogue
select rolpassword from pg_catalog.pg_authid
-- refused: 1:36 pg_catalog.pg_authid is not a published table

-- case: what readers have no rights on
select * from store_silver_cinema.movies
-- refused: 1:35 store_silver_cinema.movies is not a published table

-- case: the server's files
select pg_read_file('/etc/passwd')
-- refused: 1:8 the function pg_read_file is refused: it reaches beyond the data

-- case: another server
select * from dblink('host=elsewhere', 'select 1') as t(a int)
-- refused: 1:15 the function dblink is refused: it reaches beyond the data

-- case: settings
select set_config('role', 'postgres', false)
-- refused: 1:8 the function set_config is refused: it reaches beyond the data

-- case: time that is wasted
select pg_sleep(600) from silver_a.x
-- refused: 1:8 the function pg_sleep is refused: it reaches beyond the data

-- case: SQL in XML
select query_to_xml('select 1', true, true, '')
-- refused: 1:8 the function query_to_xml is refused: it reaches beyond the data
