-- +goose Up
-- Searches and lists make letters small by the rules of Unicode, whatever the locale of the database. The index by name served nothing any more.
CREATE INDEX member_email_small ON member (lower(email COLLATE "pg_c_utf8") text_pattern_ops);
CREATE INDEX account_name_small ON account (lower(name COLLATE "pg_c_utf8"), account_id);
DROP INDEX member_email, account_name;

-- +goose Down
CREATE INDEX account_name ON account (lower(name) text_pattern_ops);
CREATE INDEX member_email ON member (lower(email) text_pattern_ops);
DROP INDEX account_name_small, member_email_small;
