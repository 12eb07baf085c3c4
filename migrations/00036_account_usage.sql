-- +goose Up
-- What accounts used in all, whatever of: so that a chart of an account costs as much with one tool as with ten thousand, and the days of
-- any time zone cost as much as those of UTC. A slot is a part of a day of UTC: 0 is the day, 1 to 4 are its quarters of six hours, 5 to 28
-- its hours, 29 to 124 its quarter-hours. Any stretch that begins and ends at quarter-hours is a sum or difference of few slots
-- (tsdb/charts/slot.go), and the rows of one slot lie side by side, day after day.
CREATE TABLE account_usage (
    account_id bigint NOT NULL,
    slot       smallint NOT NULL,
    day        timestamptz NOT NULL,            -- its beginning in UTC
    kind       text NOT NULL,                   -- TOOL_RUN INFERENCE HOSTING FINE_TUNING
    category   text NOT NULL,
    credits    bigint NOT NULL,
    runs       bigint NOT NULL,
    PRIMARY KEY (account_id, slot, day, kind, category)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
-- Finds the slots that go together with the quarter-hours of old days.
CREATE INDEX account_usage_day ON account_usage USING brin (day) WITH (pages_per_range = 32);

-- Accounts whose rows are not made yet from what the other tables hold.
CREATE TABLE account_usage_due (
    account_id bigint PRIMARY KEY
);
INSERT INTO account_usage_due SELECT account_id FROM account a WHERE EXISTS (SELECT FROM usage_day u WHERE u.account_id = a.account_id);

-- A process of the last release would take rows away and not add them here. It is refused, and what it leaves is charted all the same.
-- +goose StatementBegin
CREATE FUNCTION only_who_adds_takes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('usagegraph.adds_account_usage', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'usage_delta is rolled up by the next release only';
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER usage_delta_taken BEFORE DELETE ON usage_delta FOR EACH STATEMENT EXECUTE FUNCTION only_who_adds_takes();

-- What models, guardrails and scripts used is found without reading what tools did.
CREATE INDEX usage_day_credits ON usage_day (account_id, bucket) WHERE category <> 'TOOLS';
CREATE INDEX usage_quarter_credits ON usage_quarter (account_id, bucket) WHERE category <> 'TOOLS';

-- +goose Down
DROP INDEX usage_quarter_credits, usage_day_credits;
DROP TRIGGER usage_delta_taken ON usage_delta;
DROP FUNCTION only_who_adds_takes;
DROP TABLE account_usage_due, account_usage;
