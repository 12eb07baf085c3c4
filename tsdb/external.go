package tsdb

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/usagegraph/usagegraph/tsdb/pg"
	"github.com/usagegraph/usagegraph/tsdb/text"
)

// ExternalKind is what a platform's own id names.
type ExternalKind string

// The kinds that have own ids. Those of accounts are unique among all accounts, the others within account and kind.
const (
	ExternalAccount    ExternalKind = "account"
	ExternalMember     ExternalKind = "member"
	ExternalTool       ExternalKind = "tool"
	ExternalModel      ExternalKind = "model"
	ExternalDeployment ExternalKind = "deployment" // of a model
	ExternalGuardrail  ExternalKind = "guardrail"
	ExternalScript     ExternalKind = "script"
)

// externalPrefix begins an own id where one of our ids could stand as well. None of ours holds a colon, so neither is
// taken for the other.
const externalPrefix = "external:"

// ParseExternal parses an own id in the form external:KIND:ID. ok is false for anything else, and for an id that could
// not be stored; of the latter it still returns the kind.
func ParseExternal(said string) (kind ExternalKind, id string, ok bool) {
	rest, ok := strings.CutPrefix(said, externalPrefix)
	if !ok {
		return "", "", false
	}
	// Cut at the first colon: the platform's id may hold more of them.
	name, id, _ := strings.Cut(rest, ":")
	switch kind = ExternalKind(name); kind {
	case ExternalAccount, ExternalMember, ExternalTool, ExternalModel, ExternalDeployment, ExternalGuardrail, ExternalScript:
		return kind, id, id != "" && text.Plain(id, MaxExternalID)
	}
	return "", "", false
}

// MaxExternalID bounds the characters of an own id.
const MaxExternalID = 200

// Own is what a platform says of a new thing besides its name.
type Own struct {
	ExternalID string `json:",omitempty"` // the platform's own id; "": none
	Tags       Tags   `json:",omitempty"`
}

// check checks the bounds of the own id and the tags.
func (o Own) check() error {
	if err := checkExternalID(o.ExternalID); err != nil {
		return err
	}
	return o.Tags.check()
}

// External is an own id within an account.
type External struct {
	AccountID int64
	Kind      ExternalKind
	ID        string
}

// ExternalFound is what an own id names: a key or, for a member, the user's id. A member's key is the account.
type ExternalFound struct {
	Key    int64
	UserID string
}

// ExternalAccounts finds accounts by their own ids, among the given accounts; within nil means every account. Ids that
// do not exist, or are of other accounts, are missing from the result, and neither takes longer than the other. Ids are
// compared as they are, upper and lower case apart.
func (s *Store) ExternalAccounts(ctx context.Context, within []int64, ids []string) (map[string]int64, error) {
	rows, err := s.pool.Query(ctx, `-- name: find accounts by own ids
SELECT external_id, account_id FROM account WHERE external_id = ANY($1::text[]) AND ($2::bigint[] IS NULL OR account_id = ANY($2::bigint[]))`, ids, within)
	if err != nil {
		return nil, fmt.Errorf("find accounts by own ids: %w", err)
	}
	found := map[string]int64{}
	var id string
	var key int64
	_, err = pgx.ForEachRow(rows, []any{&id, &key}, func() error {
		found[id] = key
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find accounts by own ids: %w", err)
	}
	return found, nil
}

// Materialized, so that each branch joins the list by its own unique index instead of searching the account
// once for each id.
const selectExternals = `-- name: find what own ids name
WITH i AS MATERIALIZED (SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[]) AS i (account_id, kind, external_id))
SELECT i.account_id, i.kind, i.external_id, r.resource_id, '' FROM i JOIN resource r
  ON r.account_id = i.account_id AND r.kind = upper(i.kind) AND r.external_id = i.external_id
UNION ALL SELECT i.account_id, i.kind, i.external_id, d.deployment_id, '' FROM i JOIN deployment d
  ON i.kind = 'deployment' AND d.category = 'MODELS' AND d.account_id = i.account_id AND d.external_id = i.external_id
UNION ALL SELECT i.account_id, i.kind, i.external_id, i.account_id, m.user_id FROM i JOIN member m
  ON i.kind = 'member' AND m.account_id = i.account_id AND m.external_id = i.external_id`

// Externals finds what own ids name, in one statement; unknown ids are missing from the result. Accounts are found by
// ExternalAccounts.
func (s *Store) Externals(ctx context.Context, asked []External) (map[External]ExternalFound, error) {
	accounts, kinds, ids := make([]int64, len(asked)), make([]string, len(asked)), make([]string, len(asked))
	for i, e := range asked {
		accounts[i], kinds[i], ids[i] = e.AccountID, string(e.Kind), e.ID
	}
	rows, err := s.pool.Query(ctx, selectExternals, accounts, kinds, ids)
	if err != nil {
		return nil, fmt.Errorf("find what own ids name: %w", err)
	}
	found := map[External]ExternalFound{}
	var e External
	var f ExternalFound
	_, err = pgx.ForEachRow(rows, []any{&e.AccountID, &e.Kind, &e.ID, &f.Key, &f.UserID}, func() error {
		found[e] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find what own ids name: %w", err)
	}
	return found, nil
}

// checkExternalID checks an own id that a thing is to have; "" means none. It can be read, because two things whose own ids look the same
// would be taken for one. An own id that is only looked for may be any text.
func checkExternalID(id string) error {
	return text.CheckShown("externalId", "an own id", id, min(1, len(id)), MaxExternalID)
}

// externalTaken turns the database's refusal of an own id that another object has into an Error; it returns other
// errors as they are. Only the unique index decides, because a look before the write could be overtaken.
func externalTaken(err error) error {
	if pg.HasState(err, "23505") {
		return ownIDTaken()
	}
	return err
}

func ownIDTaken() *Error {
	return refuse(NameTaken, "externalId", "this own id is another's already")
}

// Tags are what a platform attaches to its things, by key.
type Tags map[string]string

// Bounds of tags: pairs, and characters of a key and a value.
const (
	MaxTags     = 20
	maxTagKey   = 64
	maxTagValue = 256
)

// check checks the bounds of tags.
func (t Tags) check() error {
	if len(t) > MaxTags {
		return refuse(Invalid, "tags", "a thing has at most %d tags", MaxTags)
	}
	// In order, so that the same fault is reported each time.
	for _, key := range slices.Sorted(maps.Keys(t)) {
		if err := text.CheckShown("tags", "a tag's key", key, 1, maxTagKey); err != nil {
			return err
		}
		if err := text.CheckShown("tags", "a tag's value", t[key], 0, maxTagValue); err != nil {
			return err
		}
	}
	return nil
}

// stored returns the tags as their column takes them.
func (t Tags) stored() Tags {
	// The column is never null, so that a search for tags needs no case of its own.
	if t == nil {
		return Tags{}
	}
	return t
}

// OwnIDs returns the own ids of accounts, models' deployments or, with kind "", resources, by key; keys without one are
// missing from the result. The caller knows whose they are. There is a statement for each kind, because own ids stand
// in three tables.
func (s *Store) OwnIDs(ctx context.Context, kind ExternalKind, keys []int64) (map[int64]string, error) {
	sql := `-- name: read own ids of resources
SELECT resource_id, external_id FROM resource WHERE resource_id = ANY($1::bigint[]) AND external_id IS NOT NULL`
	switch kind {
	case ExternalAccount:
		sql = `-- name: read own ids of accounts
SELECT account_id, external_id FROM account WHERE account_id = ANY($1::bigint[]) AND external_id IS NOT NULL`
	case ExternalDeployment:
		sql = `-- name: read own ids of deployments
SELECT deployment_id, external_id FROM deployment WHERE deployment_id = ANY($1::bigint[]) AND external_id IS NOT NULL`
	}
	rows, err := s.pool.Query(ctx, sql, keys)
	if err != nil {
		return nil, fmt.Errorf("read own ids: %w", err)
	}
	own := map[int64]string{}
	var key int64
	var id string
	_, err = pgx.ForEachRow(rows, []any{&key, &id}, func() error {
		own[key] = id
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read own ids: %w", err)
	}
	return own, nil
}
