-- +goose Up
-- When each account will have used up what it has, as it was foretold last: what lists of accounts filter and sort by. An account without a row
-- has not been looked at yet. Null: not within a year, or too little is known.
CREATE TABLE forecast (
    account_id           bigint PRIMARY KEY REFERENCES account ON DELETE CASCADE,
    made_at              timestamptz NOT NULL,
    credits_exhausted_at timestamptz,
    runs_exhausted_at    timestamptz,
    negative_limit_at    timestamptz
);
CREATE INDEX forecast_made ON forecast (made_at);
CREATE INDEX forecast_exhausted ON forecast (least(credits_exhausted_at, runs_exhausted_at));

-- Members are looked for by the beginning of their e-mail.
CREATE INDEX member_email ON member (lower(email) text_pattern_ops);

-- +goose Down
DROP INDEX member_email;
DROP TABLE forecast;
