-- +goose Up
-- On which run of which database the identity was last compared: when its server began, and where this table lies. As long as both are the
-- same, nobody need ask for the identity, which costs more than most questions, so every answer can look.
ALTER TABLE epoch ADD COLUMN run text;

-- +goose Down
ALTER TABLE epoch DROP COLUMN run;
