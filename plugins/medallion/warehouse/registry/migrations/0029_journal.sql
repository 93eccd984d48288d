-- works from: 28
-- Who changed what: each entry of operators, of erasures, and of specs that a publication ran with goes to
-- a journal that the loader cannot rewrite, where an administrator has made one (`roles`).

CREATE FUNCTION medallion.journal(
    done_by text, action text, layer text, domain text, table_name text, dag_id text, details jsonb
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF to_regnamespace('medallion_journal') IS NOT NULL THEN
        PERFORM medallion_journal.add_change($1, $2, $3, $4, $5, $6, $7);
    END IF;
END
$$;
COMMENT ON FUNCTION medallion.journal IS
    'Adds to medallion_journal.changes, if that is there. Only the registry''s triggers call it.';
REVOKE ALL ON FUNCTION medallion.journal FROM PUBLIC;

CREATE FUNCTION medallion.journal_action() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM medallion.journal(NEW.done_by, NEW.action, NEW.layer, NEW.domain, NEW.table_name,
                              NEW.dag_id, NEW.details);
    RETURN NULL;
END
$$;
CREATE TRIGGER journalled AFTER INSERT ON medallion.operator_actions
    FOR EACH ROW EXECUTE FUNCTION medallion.journal_action();

CREATE FUNCTION medallion.journal_erasure() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM medallion.journal(
        NEW.begun_by, CASE TG_OP WHEN 'INSERT' THEN 'begin erasure' ELSE 'end erasure' END,
        NULL, NEW.domain, NULL, NULL,
        coalesce(NEW.counts, '{}') || jsonb_build_object('erasure', NEW.erasure_id));
    RETURN NULL;
END
$$;
CREATE TRIGGER journalled AFTER INSERT OR UPDATE OF finished_at ON medallion.erasures
    FOR EACH ROW EXECUTE FUNCTION medallion.journal_erasure();

CREATE FUNCTION medallion.journal_spec() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    former text;
BEGIN
    SELECT p.spec_digest INTO former FROM medallion.publications AS p
    WHERE (p.layer, p.domain, p.table_name) = (NEW.layer, NEW.domain, NEW.table_name)
      AND p.publication_id < NEW.publication_id
    ORDER BY p.publication_id DESC LIMIT 1;
    IF former IS DISTINCT FROM NEW.spec_digest THEN
        PERFORM medallion.journal(
            coalesce('commit ' || NEW.spec_commit, 'no commit is known'), 'publish by a changed spec',
            NEW.layer, NEW.domain, NEW.table_name, NEW.dag_id,
            jsonb_build_object('version', NEW.version, 'spec_digest', NEW.spec_digest,
                               'spec_commit', NEW.spec_commit));
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER journalled AFTER INSERT ON medallion.publications
    FOR EACH ROW EXECUTE FUNCTION medallion.journal_spec();
