package tsdb

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/usagegraph/usagegraph/tsdb/pg"
)

// ExploreRole is the database role in which ad-hoc questions are asked. It may only read, and no hashes of tokens, no
// jobs and no registered documents.
const ExploreRole = "usagegraph_explore"

// AnalystRole is the database role of tools that speak SQL: it reads the views of the schema analyst and nothing else.
// The views leave out what nobody may read there, such as addresses (rules.md §11).
const AnalystRole = "usagegraph_analyst"

// MakeExploreRole makes the role, lets the present user act in it, and lets it read the existing tables; it also makes
// AnalystRole with its views. It may be repeated, and is called after every migration. ok is false if the user may not
// make roles; then nothing is changed.
func MakeExploreRole(ctx context.Context, pool *pgxpool.Pool) (ok bool, err error) {
	// Roles belong to the cluster: processes of several databases may make them at the same moment, and
	// PostgreSQL then fails with an internal error rather than with a conflict.
	for range 5 {
		err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			_, err := tx.Exec(ctx, exploreRoleSQL)
			return err
		})
		if !pg.HasState(err, "XX000", "42710", "23505") { // another process was at it, perhaps in another database
			break
		}
	}
	// The operator may have made the roles by hand (deploy/role.sql), which CanExplore finds.
	if pg.HasState(err, "42501") {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("make role for ad-hoc questions: %w", err)
	}
	return true, nil
}

// The lock is this database's and the role is the cluster's, so processes of other databases may still interfere. What
// the role may already read is not granted again, so that a start with nothing new writes nothing. Tables of secrets
// and of the queue are left out by name, and so is the hash of tokens.
const exploreRoleSQL = `-- name: make role for ad-hoc questions
DO $$
DECLARE
    name text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('usagegraph_explore'));
    IF to_regrole('usagegraph_explore') IS NULL THEN
        CREATE ROLE usagegraph_explore NOLOGIN;
    END IF;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        BEGIN
            EXECUTE format('GRANT usagegraph_explore TO %I', current_user);
        EXCEPTION WHEN insufficient_privilege THEN
            NULL; -- whoever made the role may have granted it already; CanExplore looks
        END;
    END IF;
    GRANT USAGE ON SCHEMA public TO usagegraph_explore;
    FOR name IN
        SELECT relname FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v') AND NOT has_table_privilege('usagegraph_explore', oid, 'SELECT')
          AND relname NOT IN ('api_token', 'trusted_document') AND relname NOT LIKE 'river%' AND relname NOT LIKE 'goose%'
        ORDER BY relname
    LOOP
        EXECUTE format('GRANT SELECT ON public.%I TO usagegraph_explore', name);
    END LOOP;
    FOR name IN
        SELECT attname FROM pg_attribute
        WHERE attrelid = 'public.api_token'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'hash'
          AND NOT has_column_privilege('usagegraph_explore', attrelid, attnum, 'SELECT')
        ORDER BY attnum
    LOOP
        EXECUTE format('GRANT SELECT (%I) ON public.api_token TO usagegraph_explore', name);
    END LOOP;
    IF to_regrole('usagegraph_analyst') IS NULL THEN
        BEGIN
            CREATE ROLE usagegraph_analyst NOLOGIN;
        EXCEPTION WHEN insufficient_privilege THEN
            RETURN; -- deploy/role.sql makes it
        END;
    END IF;
    IF NOT has_schema_privilege('usagegraph_analyst', 'analyst', 'USAGE') THEN
        GRANT USAGE ON SCHEMA analyst TO usagegraph_analyst;
    END IF;
    FOR name IN
        SELECT relname FROM pg_class
        WHERE relnamespace = 'analyst'::regnamespace AND relkind = 'v' AND NOT has_table_privilege('usagegraph_analyst', oid, 'SELECT')
        ORDER BY relname
    LOOP
        EXECUTE format('GRANT SELECT ON analyst.%I TO usagegraph_analyst', name);
    END LOOP;
END $$`

// CanExplore reports whether the pool's user may act in ExploreRole, and that role may read this database. An error is
// one of the database, not a missing right.
func CanExplore(ctx context.Context, pool *pgxpool.Pool) (ok bool, err error) {
	err = pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "-- name: try role for ad-hoc questions\nSET LOCAL ROLE "+ExploreRole); err != nil {
			return err
		}
		// A database that was restored without its grants has the role, which is the cluster's, but nothing that the role
		// may read.
		return tx.QueryRow(ctx, `-- name: look what the role reads
SELECT has_table_privilege('account', 'SELECT') AND has_table_privilege('usage_day', 'SELECT')`).Scan(&ok)
	})
	if pg.HasState(err, "42501", "22023", "42704") { // not a member, or no such role
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("try role for ad-hoc questions: %w", err)
	}
	return ok, nil
}
