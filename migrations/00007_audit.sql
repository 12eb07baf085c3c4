-- +goose Up
-- The audit log says of each change who made it, to what, and from where.
ALTER TABLE audit_log
    DROP COLUMN source,
    ADD COLUMN kind       text NOT NULL DEFAULT 'SYSTEM' CHECK (kind IN ('USER', 'SERVICE', 'SYSTEM')),
    ADD COLUMN target_id  text NOT NULL DEFAULT '',   -- opaque id of what was changed; '': the account itself
    ADD COLUMN target     text NOT NULL DEFAULT '',   -- its name then
    ADD COLUMN address    text NOT NULL DEFAULT '',   -- IP address; '': jobs and the command line
    ADD COLUMN request_id text NOT NULL DEFAULT '';
CREATE INDEX api_token_member ON api_token (account_id, user_id) WHERE user_id IS NOT NULL;
CREATE INDEX member_user ON member (user_id);

-- +goose Down
DROP INDEX member_user, api_token_member;
ALTER TABLE audit_log
    DROP COLUMN kind, DROP COLUMN target_id, DROP COLUMN target, DROP COLUMN address, DROP COLUMN request_id,
    ADD COLUMN source text NOT NULL DEFAULT '';
