-- +goose Up
-- No scopes (NULL) are all of the role; an empty list is nothing. Until now both were stored as an empty list and meant all.
ALTER TABLE api_token ALTER COLUMN scopes DROP NOT NULL, ALTER COLUMN scopes DROP DEFAULT;
UPDATE api_token SET scopes = NULL WHERE scopes = '{}';

-- +goose Down
UPDATE api_token SET scopes = '{}' WHERE scopes IS NULL;
ALTER TABLE api_token ALTER COLUMN scopes SET NOT NULL, ALTER COLUMN scopes SET DEFAULT '{}';
