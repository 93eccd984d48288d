-- works from: 28
-- Erased people: who must not come back, as keyed hashes, and what was done to erase them. An older
-- Medallion does not keep them out, so none works with this.

CREATE TABLE medallion.erasures (
    erasure_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    domain text NOT NULL,
    begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    begun_by text NOT NULL,
    finished_at timestamptz,
    counts jsonb
);
COMMENT ON TABLE medallion.erasures IS
    'The journal of erasures: who had a person erased, when, and how much went, without the '
    'person''s values. finished_at: everything that a dry run had found is gone. It can be added to, '
    'and finished; nothing is taken out of it.';

CREATE TABLE medallion.erased_people (
    domain text NOT NULL,
    identifier text NOT NULL,
    hash text NOT NULL,
    key_id text NOT NULL,
    erasure_id bigint NOT NULL REFERENCES medallion.erasures,
    PRIMARY KEY (erasure_id, identifier, hash)
);
CREATE INDEX erased_people_domain ON medallion.erased_people (domain, identifier);
COMMENT ON TABLE medallion.erased_people IS
    'Who must not come back: keyed hashes of what identified erased people. Each cleaning leaves '
    'their records out. key_id: which key of the domain they were made with, without saying it.';

CREATE TABLE medallion.erased_tables (
    erasure_id bigint NOT NULL REFERENCES medallion.erasures,
    layer text NOT NULL,
    domain text NOT NULL,
    table_name text NOT NULL,
    rows bigint NOT NULL,
    erased_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (erasure_id, layer, domain, table_name)
);
COMMENT ON TABLE medallion.erased_tables IS
    'The tables that an erasure has taken rows from, and how many: what reads them is built again.';

CREATE TABLE medallion.erased_parts (
    load_id bigint NOT NULL REFERENCES medallion.loads ON DELETE CASCADE,
    part_no integer NOT NULL,
    sha256 text NOT NULL,
    bytes bigint NOT NULL,
    records bigint[] NOT NULL,
    PRIMARY KEY (load_id, part_no)
);
COMMENT ON TABLE medallion.erased_parts IS
    'Parts of landings that are being written without the records of an erased person: what they '
    'will be, and the numbers of the records that are blank. Confirmed, a row goes: the manifest '
    'has it.';

-- Not even whoever owns them takes an entry back by mistake.
CREATE FUNCTION medallion.refuse_forgetting() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'erasures' THEN
        IF OLD.finished_at IS NULL
            AND (NEW.erasure_id, NEW.domain, NEW.begun_at, NEW.begun_by)
              = (OLD.erasure_id, OLD.domain, OLD.begun_at, OLD.begun_by) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'medallion.% is only added to', TG_TABLE_NAME USING ERRCODE = '42501';
END
$$;
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON medallion.erasures
    FOR EACH ROW EXECUTE FUNCTION medallion.refuse_forgetting();
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON medallion.erasures
    FOR EACH STATEMENT EXECUTE FUNCTION medallion.refuse_forgetting();
CREATE TRIGGER only_added_to BEFORE UPDATE OR DELETE ON medallion.erased_people
    FOR EACH ROW EXECUTE FUNCTION medallion.refuse_forgetting();
CREATE TRIGGER not_emptied BEFORE TRUNCATE ON medallion.erased_people
    FOR EACH STATEMENT EXECUTE FUNCTION medallion.refuse_forgetting();

-- As of the other tables of the registry: an environment's role writes its own rows.
ALTER TABLE medallion.erasures ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON medallion.erasures FOR SELECT USING (true);
CREATE POLICY own_rows ON medallion.erasures
    USING (medallion.is_own(domain)) WITH CHECK (medallion.is_own(domain));
ALTER TABLE medallion.erased_people ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON medallion.erased_people FOR SELECT USING (true);
CREATE POLICY own_rows ON medallion.erased_people
    USING (medallion.is_own(domain)) WITH CHECK (medallion.is_own(domain));
ALTER TABLE medallion.erased_tables ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON medallion.erased_tables FOR SELECT USING (true);
CREATE POLICY own_rows ON medallion.erased_tables
    USING (medallion.is_own(domain)) WITH CHECK (medallion.is_own(domain));
ALTER TABLE medallion.erased_parts ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody_reads ON medallion.erased_parts FOR SELECT USING (true);
CREATE POLICY own_rows ON medallion.erased_parts
    USING (medallion.is_own((SELECT l.domain FROM medallion.loads AS l
                             WHERE l.load_id = erased_parts.load_id)))
    WITH CHECK (medallion.is_own((SELECT l.domain FROM medallion.loads AS l
                                  WHERE l.load_id = erased_parts.load_id)));
