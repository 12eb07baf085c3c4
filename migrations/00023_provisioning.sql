-- +goose Up
-- Whether the first event of an own id that is not known makes the tool or model, and how many were made so.
ALTER TABLE account
    ADD COLUMN provision_tools  boolean NOT NULL DEFAULT false,
    ADD COLUMN provision_models boolean NOT NULL DEFAULT false,
    ADD COLUMN provisioned      int NOT NULL DEFAULT 0;

-- +goose Down
ALTER TABLE account DROP COLUMN provisioned, DROP COLUMN provision_models, DROP COLUMN provision_tools;
