-- +goose Up
-- Members whose role follows a claim of the issuer, the newest token that was followed for each person, and what became of tokens:
-- the one that took a token's place, and of which notice of its end was mailed.
ALTER TABLE member ADD COLUMN follows_claim boolean NOT NULL DEFAULT false;

CREATE TABLE person (
    user_id     text PRIMARY KEY,
    followed_at timestamptz NOT NULL                    -- when the newest token that was followed was issued
);

ALTER TABLE api_token ADD COLUMN successor_id bigint;   -- null: it was not rotated
ALTER TABLE api_token ADD COLUMN mailed_days smallint NOT NULL DEFAULT 0; -- the last notice of its end: 14 or 3 days; 0: none yet
CREATE INDEX api_token_ends ON api_token (expires_at) WHERE expires_at IS NOT NULL AND revoked_at IS NULL AND successor_id IS NULL;

-- +goose Down
DROP INDEX api_token_ends;
ALTER TABLE api_token DROP COLUMN mailed_days, DROP COLUMN successor_id;
DROP TABLE person;
ALTER TABLE member DROP COLUMN follows_claim;
