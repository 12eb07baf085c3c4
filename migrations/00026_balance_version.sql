-- +goose Up
-- A process keeps the books of busy accounts between its transactions. It believes them where the balance row, locked, has the version
-- that it left there or read there. So whatever changes what is kept changes the version, to a random number: a counter could
-- come round to the same value with other content, after a failover or restore that lost commits.
--
-- Usage writes a version of its own. For everything else, a process of the last release and a hand in psql included, triggers do it.
-- They do not look at given and repaid of a grant, which every batch of usage changes together with the balance row: whoever corrects
-- those by hand touches that row as well (UPDATE balance SET version = version WHERE account_id = …).

-- +goose StatementBegin
DO $$
BEGIN -- one number for all that is there, another at each run: the table is not written again
    EXECUTE format('ALTER TABLE balance ADD COLUMN version bigint NOT NULL DEFAULT %s', hashtextextended(gen_random_uuid()::text, 0));
END $$;
-- +goose StatementEnd
ALTER TABLE balance ALTER COLUMN version SET DEFAULT hashtextextended(gen_random_uuid()::text, 0);

-- +goose StatementBegin
CREATE FUNCTION change_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := hashtextextended(gen_random_uuid()::text, 0);
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER balance_changed BEFORE UPDATE ON balance FOR EACH ROW WHEN (NEW.version = OLD.version) EXECUTE FUNCTION change_version();

-- +goose StatementBegin
CREATE FUNCTION change_version_of_account() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE balance SET version = version WHERE account_id = OLD.account_id;
    END IF;
    IF TG_OP = 'INSERT' OR TG_OP = 'UPDATE' AND NEW.account_id <> OLD.account_id THEN
        UPDATE balance SET version = version WHERE account_id = NEW.account_id;
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd

CREATE TRIGGER account_changed AFTER UPDATE OF name, time_zone, mails, created_at, books_from, plan_id, next_plan_id, plan_ends, fine_tune_limit, low_limit, negative_limit
    ON account FOR EACH ROW EXECUTE FUNCTION change_version_of_account();
CREATE TRIGGER credit_grant_gone AFTER INSERT OR DELETE ON credit_grant FOR EACH ROW EXECUTE FUNCTION change_version_of_account();
CREATE TRIGGER credit_grant_changed AFTER UPDATE ON credit_grant FOR EACH ROW
    WHEN (OLD.amount <> NEW.amount OR OLD.taken_back <> NEW.taken_back OR OLD.expired <> NEW.expired OR OLD.retired_at IS DISTINCT FROM NEW.retired_at
       OR OLD.expires_at IS DISTINCT FROM NEW.expires_at OR OLD.granted_at <> NEW.granted_at OR OLD.kind <> NEW.kind OR OLD.meter <> NEW.meter
       OR OLD.account_id <> NEW.account_id OR OLD.grant_no <> NEW.grant_no)
    EXECUTE FUNCTION change_version_of_account();
CREATE TRIGGER segment_changed AFTER INSERT OR UPDATE OR DELETE ON segment FOR EACH ROW EXECUTE FUNCTION change_version_of_account();
CREATE TRIGGER reservation_changed AFTER INSERT OR UPDATE OR DELETE ON reservation FOR EACH ROW EXECUTE FUNCTION change_version_of_account();
-- What usage names. When it was last active is not kept.
CREATE TRIGGER resource_changed AFTER UPDATE OF account_id, kind, status, external_id, input_rate, output_rate, cache_read_rate, cache_write_rate, reasoning_rate OR DELETE
    ON resource FOR EACH ROW EXECUTE FUNCTION change_version_of_account();
CREATE TRIGGER deployment_changed AFTER UPDATE OF account_id, resource_id, category, external_id OR DELETE
    ON deployment FOR EACH ROW EXECUTE FUNCTION change_version_of_account();
CREATE TRIGGER own_rate_changed AFTER INSERT OR UPDATE OR DELETE ON own_rate FOR EACH ROW EXECUTE FUNCTION change_version_of_account();

-- +goose Down
DROP TRIGGER own_rate_changed ON own_rate;
DROP TRIGGER deployment_changed ON deployment;
DROP TRIGGER resource_changed ON resource;
DROP TRIGGER reservation_changed ON reservation;
DROP TRIGGER segment_changed ON segment;
DROP TRIGGER credit_grant_changed ON credit_grant;
DROP TRIGGER credit_grant_gone ON credit_grant;
DROP TRIGGER account_changed ON account;
DROP TRIGGER balance_changed ON balance;
DROP FUNCTION change_version_of_account();
DROP FUNCTION change_version();
ALTER TABLE balance DROP COLUMN version;
