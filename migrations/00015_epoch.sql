-- +goose Up
-- Which history the database tells. A promotion or a restore may forget commits; what comes after them takes the same numbers once more.
-- So revisions and cursors count from number × 2^32, and number grows whenever the database finds itself to be another.
-- +goose StatementBegin
CREATE FUNCTION database_identity() RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT system_identifier FROM pg_control_system()) || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
        || '/' || (SELECT oid FROM pg_database WHERE datname = current_database());
EXCEPTION WHEN OTHERS THEN
    RETURN NULL; -- a service that does not let its users ask, or a standby
END $$;
-- +goose StatementEnd

CREATE TABLE epoch (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    number   bigint NOT NULL,
    identity text, -- whose number it is; null: nobody has looked yet
    since    timestamptz NOT NULL DEFAULT '-infinity' -- when the latest promotion or restore was noticed
);
INSERT INTO epoch (number) VALUES (0);

-- +goose Down
DROP TABLE epoch;
DROP FUNCTION database_identity();
