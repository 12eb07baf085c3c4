-- +goose Up
-- What the coarser tables do not show yet, read from the finer ones: the part of a chart that lies in dirty quarter-hours
-- and dirty days. A plan locks every chunk that its bounds do not exclude when it is made, and which stretches are dirty is
-- known only while the query runs; so each dirty day is planned by itself, with its own bounds, and only its chunks are touched.
-- of_accounts null: all. Dirty quarter-hours are read within [since, until), to the minute; dirty days within
-- [day_since, day_until), from the quarter-hours that are not dirty themselves. Both have to be left out of what is read
-- from the tables themselves. width is that of the buckets which the rows are added up in: a minute or 15.
-- +goose StatementBegin
CREATE FUNCTION usage_unrolled(of_accounts bigint[], since timestamptz, until timestamptz, day_since timestamptz, day_until timestamptz, width interval)
RETURNS TABLE (account_id bigint, bucket timestamptz, resource_id bigint, deployment_id bigint, kind text, category text,
               credits bigint, runs bigint, events bigint, input_tokens bigint, output_tokens bigint)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
DECLARE
  epoch CONSTANT timestamptz := '2000-01-01 00:00:00+00';
  dirty record;
BEGIN
  FOR dirty IN
    SELECT date_bin('1 day', m.quarter, epoch) AS day, min(m.quarter) AS first, max(m.quarter) + interval '15 minutes' AS past,
           array_agg(DISTINCT m.account_id) AS accounts
    FROM usage_dirty m
    WHERE (of_accounts IS NULL OR m.account_id = ANY(of_accounts)) AND m.quarter > since - interval '15 minutes' AND m.quarter < until
    GROUP BY 1 ORDER BY 1
  LOOP
    RETURN QUERY EXECUTE $q$
      WITH marks AS MATERIALIZED (
        SELECT DISTINCT m.account_id, m.quarter FROM usage_dirty m
        WHERE m.account_id = ANY($1) AND m.quarter > $2 - interval '15 minutes' AND m.quarter < $3)
      SELECT e.account_id, date_bin($4, e.time, $5), e.resource_id, e.deployment_id, e.kind,
             CASE e.kind WHEN 'TOOL_RUN' THEN 'TOOLS' ELSE 'MODELS' END,
             sum(e.charge)::bigint, sum(e.runs)::bigint, count(*), sum(e.input_tokens)::bigint, sum(e.output_tokens)::bigint
      FROM marks JOIN usage_event e ON e.account_id = marks.account_id AND e.time >= marks.quarter AND e.time < marks.quarter + interval '15 minutes'
      WHERE e.time >= $2 AND e.time < $3 GROUP BY 1, 2, 3, 4, 5
      UNION ALL
      SELECT u.account_id, date_bin($4, u.bucket, $5), u.resource_id, u.deployment_id, u.kind, min(u.category),
             sum(u.credits)::bigint, sum(u.runs)::bigint, sum(u.events)::bigint, sum(u.input_tokens)::bigint, sum(u.output_tokens)::bigint
      FROM marks JOIN usage_minute u ON u.account_id = marks.account_id AND u.bucket >= marks.quarter AND u.bucket < marks.quarter + interval '15 minutes'
      WHERE u.bucket >= $2 AND u.bucket < $3 AND u.kind IN ('HOSTING', 'FINE_TUNING') GROUP BY 1, 2, 3, 4, 5 $q$
    USING dirty.accounts, greatest(dirty.first, since), least(dirty.past, until), width, epoch;
  END LOOP;
  FOR dirty IN
    SELECT m.day, array_agg(DISTINCT m.account_id) AS accounts
    FROM (SELECT d.account_id, d.day FROM usage_dirty_day d
          WHERE (of_accounts IS NULL OR d.account_id = ANY(of_accounts)) AND d.day >= day_since AND d.day < day_until
          UNION ALL
          SELECT q.account_id, date_bin('1 day', q.quarter, epoch) FROM usage_dirty q
          WHERE (of_accounts IS NULL OR q.account_id = ANY(of_accounts)) AND q.quarter >= day_since AND q.quarter < day_until) m
    GROUP BY 1 ORDER BY 1
  LOOP
    RETURN QUERY EXECUTE $q$
      SELECT u.account_id, u.bucket, u.resource_id, u.deployment_id, u.kind, u.category, u.credits, u.runs, u.events, u.input_tokens, u.output_tokens
      FROM usage_quarter u
      WHERE u.account_id = ANY($1) AND u.bucket >= $2 AND u.bucket < $3
        AND NOT EXISTS (SELECT FROM usage_dirty m WHERE m.account_id = u.account_id AND m.quarter = u.bucket) $q$
    USING dirty.accounts, dirty.day, dirty.day + interval '1 day';
  END LOOP;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP FUNCTION usage_unrolled(bigint[], timestamptz, timestamptz, timestamptz, timestamptz, interval);
