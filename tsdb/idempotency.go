package tsdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/usagegraph/usagegraph/tsdb/text"
)

// checkKey demands 1 to 128 characters of an idempotency key; "" is accepted unless the key is required. Grants,
// corrections, plans and reservations require a key, since a repeat would spend or give twice; registering and
// deploying may do without.
func checkKey(key string, required bool) error {
	if key == "" && !required {
		return nil
	}
	return text.Check("idempotencyKey", "an idempotency key", key, 1, 128)
}

// once runs fn, unless the account's idempotency key has been answered before: then result is set to what fn made the
// first time. The same key with other content, or for another operation, is refused as Conflict. "" means no key.
// result is a pointer; what fn leaves there is remembered. The account's lock is held, so the answer stands.
func (c *change) once(ctx context.Context, tx pgx.Tx, key, operation string, request, result any, fn func() error) error {
	if key == "" {
		return fn()
	}
	// The hash is kept, not the request: it only shows whether two requests are the same.
	hash := requestHash(request)
	found, err := answered(ctx, tx, c.ID, key, operation, hash, result)
	if err != nil || found {
		return err
	}
	// A refusal is not remembered: the same request may be allowed later.
	if err := fn(); err != nil {
		return err
	}
	document, err := json.Marshal(result)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	c.last.Queue(`-- name: remember the answer to an idempotency key
INSERT INTO idempotency (account_id, key, operation, request_hash, result, at) VALUES ($1, $2, $3, $4, $5, $6)`,
		c.ID, key, operation, hash, document, c.Now.Time())
	return nil
}

// grantOperation is the operation that made the grants in credit_grant, as answered names it.
const grantOperation = "grantCredits"

// A grant keeps its key and hash in its own row; an operation that makes no grant leaves a row in idempotency. A key
// stands in at most one of them.
const selectAnswer = `-- name: find the answer to an idempotency key
SELECT operation, request_hash, result FROM idempotency WHERE account_id = $1 AND key = $2
UNION ALL
SELECT $3, request_hash, to_jsonb(grant_no) FROM credit_grant WHERE account_id = $1 AND idempotency_key = $2`

// answered looks the key up among all operations of the account, those that make grants included. The account is
// locked, so the answer stands.
func answered(ctx context.Context, tx pgx.Tx, account int64, key, operation, hash string, result any) (bool, error) {
	var first, firstHash string
	var document []byte
	err := tx.QueryRow(ctx, selectAnswer, account, key, grantOperation).Scan(&first, &firstHash, &document)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("find answer: %w", err)
	case first != operation || firstHash != hash:
		return false, otherContent()
	}
	return true, json.Unmarshal(document, result)
}

// requestHash tells the content of a request from that of another with the same idempotency key.
func requestHash(request any) string {
	document, err := json.Marshal(request)
	if err != nil {
		panic(fmt.Sprintf("tsdb: request does not encode: %v", err)) // plain structs only
	}
	sum := sha256.Sum256(document)
	return hex.EncodeToString(sum[:16])
}

func otherContent() *Error {
	return refuse(Conflict, "idempotencyKey", "the idempotency key was used before with other content")
}
