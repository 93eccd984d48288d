-- case: not a SELECT
delete from silver_a.x
-- refused: 1:1 a gold table is one SELECT; this is another statement

-- case: two statements
select 1;
  select 2
-- refused: 2:3 a gold table is one SELECT; this is 2 statements

-- case: nothing
-- only a comment
-- refused: 1:1 a gold table is one SELECT; this is 0 statements

-- case: a CTE that changes data
with gone as (delete from silver_a.x returning 1) select * from gone
-- refused: 1:6 a query that changes data is refused

-- case: SELECT INTO
select * into silver_a.y from silver_a.x
-- refused: 1:10 SELECT INTO is refused

-- case: a lock
select * from silver_a.x for update
-- refused: 1:26 FOR UPDATE and FOR SHARE are refused

-- case: a lock in a subquery
select * from (select substring('a' for 1) from silver_a.x for key share) as y
-- refused: 1:60 FOR UPDATE and FOR SHARE are refused

-- case: Jinja
select a
from silver_a.x where day = '{{ ds }}'
-- refused: 2:30 SQL is not a template: {{ is Jinja

-- case: Jinja statements
{% if true %} select 1 {% endif %}
-- refused: 1:1 SQL is not a template: {% is Jinja

-- case: a placeholder that nobody fills in
select a from silver_a.x where a = :secret
-- refused: 1:36 :secret is not known here

-- case: a parameter by its number
select a from silver_a.x where a = $1
-- refused: 1:36 $1 is not known here

-- case: a table without its schema
select a from movies
-- refused: 1:15 movies is not a published table

-- case: the catalogue
select rolpassword from pg_catalog.pg_authid
-- refused: 1:25 pg_catalog.pg_authid is not a published table

-- case: the catalogue, without its schema
select 1 from silver_a.x where exists (select 1 from pg_class)
-- refused: 1:54 pg_class is not a published table

-- case: the standard's catalogue, quoted
table "information_schema"."tables"
-- refused: 1:7 information_schema.tables is not a published table

-- case: the registry
select * from medallion.publications
-- refused: 1:15 medallion.publications is not a published table

-- case: a database before the schema
select * from medallion.silver_a.x
-- refused: 1:15 medallion.silver_a.x is not a published table

-- case: what readers have no rights on
select * from store_silver_cinema.movies
-- refused: 1:15 store_silver_cinema.movies is not a published table

-- case: a CTE does not hide a table of another scope
select (with pg_class as (select 1) select count(*) from pg_class), relname from pg_class
-- refused: 1:82 pg_class is not a published table

-- case: a CTE does not see itself without RECURSIVE
with pg_authid as (select * from pg_authid) select * from pg_authid
-- refused: 1:34 pg_authid is not a published table

-- case: nor one that comes after it
with a as (select * from pg_roles), pg_roles as (select 1) select * from a
-- refused: 1:26 pg_roles is not a published table

-- case: the server's files
select pg_read_file('/etc/hostname')
-- refused: 1:8 the function pg_read_file is refused: it reaches the server's files or large objects

-- case: quoted, with the schema, and with capital letters elsewhere
select PG_Catalog."pg_ls_dir"('.')
-- refused: 1:8 the function pg_catalog.pg_ls_dir is refused: it reaches the server's files or large objects

-- case: another server
select * from dblink('host=elsewhere', 'select 1') as t(a int)
-- refused: 1:15 the function dblink is refused: it reaches another server

-- case: settings
select set_config('role', 'postgres', false)
-- refused: 1:8 the function set_config is refused: it reads or changes settings

-- case: time that is wasted
select pg_sleep(600) from silver_a.x
-- refused: 1:8 the function pg_sleep is refused: it waits, locks, or speaks to other sessions

-- case: SQL in XML
select query_to_xml('select 1', true, true, '')
-- refused: 1:8 the function query_to_xml is refused: it runs a text as SQL, or reads whatever table a text names

-- case: SQL in a text search
select * from ts_stat('select to_tsvector(''a'')')
-- refused: 1:15 the function ts_stat is refused: it runs a text as SQL, or reads whatever table a text names

-- case: a table by its name in a text
select table_to_xml('medallion.publications', true, true, '')
-- refused: 1:8 the function table_to_xml is refused: it runs a text as SQL, or reads whatever table a text names

-- case: a sequence
select nextval('silver_a.numbers')
-- refused: 1:8 the function nextval is refused: it reaches sequences

-- case: who is asking
select current_user
-- refused: 1:8 the function current_user is refused: it depends on the session or the server that runs the query

-- case: who is asking, in other words
select a from silver_a.x where b = session_user or c = user
-- refused: 1:36 the function session_user is refused: it depends on the session or the server that runs the query

-- case: chance
select random() from silver_a.x
-- refused: 1:8 the function random is refused: it gives another value each time: the same run would not give the same table

-- case: a name that is looked up in the catalogue
select 'medallion.publications'::regclass
-- refused: 1:34 the type regclass is refused: its values are looked up in the catalogue

-- case: the same as a function
select regclass('medallion.publications')
-- refused: 1:8 the function regclass is refused: it reads the catalogue: tables, columns, roles and their rights

-- case: the row of somebody's table as a type
select (null::medallion.publications).version
-- refused: 1:15 the type medallion.publications is refused: only PostgreSQL's own types of data may be named

-- case: the row of a catalogue's table as a type
select (null::pg_authid).rolpassword
-- refused: 1:15 the type pg_authid is not among those that SQL may name here

-- case: a type in a function's column list
select * from json_to_recordset('[]') as t(a regrole)
-- refused: 1:46 the type regrole is refused: its values are looked up in the catalogue

-- case: a function of one's own
select silver_a.helper(a) from silver_a.x
-- refused: 1:8 the function silver_a.helper is refused: only PostgreSQL's own functions may be called

-- case: a function that does not exist
select lenght(a) from silver_a.x
-- refused: 1:8 the function lenght is not among those that SQL may call here

-- case: a function behind a dot
select x.pg_column_toast_chunk_id from silver_a.x
-- refused: 1:8 pg_column_toast_chunk_id behind a dot is refused: it would call the function

-- case: an operator of one's own
select 1 operator(silver_a.+) 2
-- refused: 1:10 the operator silver_a.+ is refused

-- case: a sample by a method of an extension
select * from silver_a.x tablesample system_rows(1)
-- refused: 1:38 TABLESAMPLE system_rows is refused

-- case: a sample that is another one each time
select * from silver_a.x tablesample bernoulli (10)
-- refused: 1:38 this sample is another one each time: the same run would not give the same table

-- case: what belongs to another statement
select merge_action() from silver_a.x
-- refused: 1:8 MergeSupportFunc is not part of a SELECT that may run here
