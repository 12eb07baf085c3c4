-- +goose Up
-- The platform's own ids and tags of what it keeps with us, beside our ids: unique within account and kind, of accounts everywhere.
-- Rows without one stand in none of the indexes.
ALTER TABLE account
    ADD COLUMN external_id text CHECK (external_id <> ''),
    ADD COLUMN tags        jsonb NOT NULL DEFAULT '{}';
CREATE UNIQUE INDEX account_external ON account (external_id) WHERE external_id IS NOT NULL;

ALTER TABLE resource
    ADD COLUMN external_id text CHECK (external_id <> ''),
    ADD COLUMN tags        jsonb NOT NULL DEFAULT '{}';
CREATE UNIQUE INDEX resource_external ON resource (account_id, kind, external_id) WHERE external_id IS NOT NULL;

ALTER TABLE deployment
    ADD COLUMN external_id text CHECK (external_id <> ''),
    ADD COLUMN tags        jsonb NOT NULL DEFAULT '{}';
CREATE UNIQUE INDEX deployment_external ON deployment (account_id, external_id) WHERE external_id IS NOT NULL;

ALTER TABLE member
    ADD COLUMN external_id text CHECK (external_id <> ''),
    ADD COLUMN tags        jsonb NOT NULL DEFAULT '{}';
CREATE UNIQUE INDEX member_external ON member (account_id, external_id) WHERE external_id IS NOT NULL;

-- +goose Down
ALTER TABLE member DROP COLUMN tags, DROP COLUMN external_id;
ALTER TABLE deployment DROP COLUMN tags, DROP COLUMN external_id;
ALTER TABLE resource DROP COLUMN tags, DROP COLUMN external_id;
ALTER TABLE account DROP COLUMN tags, DROP COLUMN external_id;
