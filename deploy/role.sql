-- The role that usagegraph acts in: it owns the tables of this one database, is no superuser, and may make neither databases nor roles.
-- A superuser runs this in the database of usagegraph, before its first start or on one that another role has used; it may be repeated:
--   psql -X -v ON_ERROR_STOP=1 -d usagegraph -f deploy/role.sql -c "ALTER ROLE usagegraph_app PASSWORD '…'"
CREATE EXTENSION IF NOT EXISTS timescaledb;

DO $$
DECLARE
    role text;
    thing record;
BEGIN
    FOREACH role IN ARRAY ARRAY['usagegraph_app LOGIN', 'usagegraph_explore NOLOGIN', 'usagegraph_analyst NOLOGIN'] LOOP
        BEGIN
            EXECUTE 'CREATE ROLE ' || role || ' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION';
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL; -- it is the whole server's
        END;
    END LOOP;
    EXECUTE format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT, TEMPORARY ON DATABASE %I TO usagegraph_app, usagegraph_explore, usagegraph_analyst', current_database());
    GRANT USAGE, CREATE ON SCHEMA public TO usagegraph_app;
    CREATE SCHEMA IF NOT EXISTS analyst; -- views for Grafana and other tools
    ALTER SCHEMA analyst OWNER TO usagegraph_app;
    -- What another role made before; chunks follow their table.
    FOR thing IN
        SELECT format('ALTER TABLE public.%I OWNER TO usagegraph_app', relname) AS sql FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relowner <> 'usagegraph_app'::regrole
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_class.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
        UNION ALL
        SELECT format('ALTER VIEW public.%I OWNER TO usagegraph_app', relname) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'v' AND relowner <> 'usagegraph_app'::regrole
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_class.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
        UNION ALL
        SELECT format('ALTER VIEW analyst.%I OWNER TO usagegraph_app', relname) FROM pg_class
        WHERE relnamespace = 'analyst'::regnamespace AND relkind = 'v' AND relowner <> 'usagegraph_app'::regrole
        UNION ALL
        SELECT format('ALTER SEQUENCE public.%I OWNER TO usagegraph_app', relname) FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'S' AND relowner <> 'usagegraph_app'::regrole
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_class.oid AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i', 'e'))
        UNION ALL
        SELECT format('ALTER ROUTINE %s OWNER TO usagegraph_app', oid::regprocedure) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND proowner <> 'usagegraph_app'::regrole
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_proc.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e')
        UNION ALL
        SELECT format('ALTER TYPE public.%I OWNER TO usagegraph_app', typname) FROM pg_type
        WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd') AND typowner <> 'usagegraph_app'::regrole
          AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = pg_type.oid AND d.classid = 'pg_type'::regclass AND d.deptype = 'e')
    LOOP
        EXECUTE thing.sql;
    END LOOP;
END $$;

GRANT usagegraph_explore TO usagegraph_app;                   -- ad-hoc questions are asked in it
GRANT EXECUTE ON FUNCTION pg_control_system() TO usagegraph_app; -- by which a promotion or restore is noticed
