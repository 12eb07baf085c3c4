-- +goose Up
-- What charts gain takes two forms: a row for each minute, resource, deployment and kind, and one for all that the segments of
-- an account cost in a minute. usage_delta shows both as the former, under the name and with the columns that it had.
ALTER TABLE usage_delta RENAME TO usage_delta_row;
CREATE TABLE usage_delta_hosting (
    account_id     bigint NOT NULL,
    bucket         timestamptz NOT NULL,        -- the minute
    category       text NOT NULL,
    resource_ids   bigint[] NOT NULL,           -- the three have an element for each segment
    deployment_ids bigint[] NOT NULL,
    credits        bigint[] NOT NULL
);
CREATE INDEX usage_delta_hosting_account ON usage_delta_hosting (account_id, bucket);
ALTER TABLE usage_delta_hosting SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
    autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0);
-- Conditions on account and minute reach the keys of both; conditions on what is unfolded are applied to each element.
CREATE VIEW usage_delta AS
SELECT account_id, bucket, resource_id, deployment_id, kind, category, credits, runs, events, input_tokens, output_tokens,
    cache_read_tokens, cache_write_tokens, reasoning_tokens, attribution_no
FROM usage_delta_row
UNION ALL
SELECT account_id, bucket, unnest(resource_ids), unnest(deployment_ids), 'HOSTING', category, unnest(credits), 0, 0, 0, 0, NULL, NULL, NULL, NULL
FROM usage_delta_hosting;

-- A process of the last release adds rows by the old name. What it would take away, it would leave hosting out of, so it is refused, as
-- processes were before (only_who_adds_takes): charts read what is not rolled up anyway.
-- +goose StatementBegin
CREATE FUNCTION usage_delta_by_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'usage_delta is rolled up by the next release only';
    END IF;
    INSERT INTO usage_delta_row SELECT NEW.*;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER usage_delta_by_name INSTEAD OF INSERT OR DELETE ON usage_delta FOR EACH ROW EXECUTE FUNCTION usage_delta_by_name();

-- Views of schema analyst name the table by its number and would go on reading it alone. Roles that read all tables read this view too.
-- +goose StatementBegin
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['usage_daily', 'usage_quarter_hourly', 'usage_attributed_daily', 'usage_attributed_quarter_hourly'] LOOP
        EXECUTE format('CREATE OR REPLACE VIEW analyst.%I AS %s', name, replace(pg_get_viewdef(format('analyst.%I', name)::regclass), 'usage_delta_row', 'usage_delta'));
    END LOOP;
    IF to_regrole('usagegraph_explore') IS NOT NULL THEN
        GRANT SELECT ON usage_delta TO usagegraph_explore;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
-- +goose StatementBegin
DO $$
DECLARE name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['usage_daily', 'usage_quarter_hourly', 'usage_attributed_daily', 'usage_attributed_quarter_hourly'] LOOP
        EXECUTE format('CREATE OR REPLACE VIEW analyst.%I AS %s', name, replace(pg_get_viewdef(format('analyst.%I', name)::regclass), 'usage_delta', 'usage_delta_row'));
    END LOOP;
END $$;
-- +goose StatementEnd
INSERT INTO usage_delta_row SELECT account_id, bucket, unnest(resource_ids), unnest(deployment_ids), 'HOSTING', category, unnest(credits), 0, 0, 0, 0 FROM usage_delta_hosting;
DROP VIEW usage_delta;
DROP FUNCTION usage_delta_by_name;
DROP TABLE usage_delta_hosting;
ALTER TABLE usage_delta_row RENAME TO usage_delta;
