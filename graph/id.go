package graph

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/usagegraph/usagegraph/graph/scalar"
)

// Kind is what an opaque id names: a type of the schema that implements Node.
type Kind string

// The kinds, one for each type that implements Node.
const (
	KindAccount       Kind = "Account"
	KindAPIToken      Kind = "ApiToken"
	KindAuditEntry    Kind = "AuditEntry"
	KindDeployment    Kind = "Deployment"
	KindEmail         Kind = "Email"
	KindFineTuningJob Kind = "FineTuningJob"
	KindGrant         Kind = "Grant"     // account key, grant number
	KindGuardrail     Kind = "Guardrail" // a resource key, like those of models, scripts and tools
	KindMember        Kind = "Member"    // account key, user id
	KindModel         Kind = "Model"
	KindPlan          Kind = "Plan"
	KindReservation   Kind = "Reservation"
	KindScript        Kind = "Script"
	KindStatement     Kind = "Statement" // account key, cycle number
	KindTool          Kind = "Tool"
)

// idLimit is the longest text that can be an id: a user id of 200 characters at four bytes each. Longer texts are not even decoded.
const idLimit = 1200

// ID is the content of an opaque id. Part identifies objects that have no key of their own; it is "" for all others.
type ID struct {
	Kind Kind
	Key  int64
	Part string
}

// EncodeID returns the opaque global id of an object with an int8 key: unpadded base64url of "Kind:key".
func EncodeID(k Kind, key int64) string { return ID{Kind: k, Key: key}.String() }

// String returns the id in its opaque form: unpadded base64url of "Kind:key", or of "Kind:key:part".
func (id ID) String() string {
	text := strconv.AppendInt([]byte(string(id.Kind)+":"), id.Key, 10)
	if id.Part != "" {
		text = append(append(text, ':'), id.Part...)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// cacheID returns an id for clients' caches, for something of an account that node does not find; parts identify it within the account.
// DecodeID can decode it, but no Kind has its name.
func cacheID(kind string, account int64, parts ...string) string {
	return ID{Kind: Kind(kind), Key: account, Part: strings.Join(parts, ":")}.String()
}

// DecodeID decodes an opaque id. ok is false for everything that String does not make for a positive key; such an id must be answered like
// one that does not exist (rules.md §11).
func DecodeID(opaque string) (id ID, ok bool) {
	if len(opaque) > idLimit {
		return ID{}, false
	}
	text, err := base64.RawURLEncoding.DecodeString(opaque)
	if err != nil {
		return ID{}, false
	}
	kind, rest, _ := strings.Cut(string(text), ":")
	number, part, _ := strings.Cut(rest, ":")
	key, err := strconv.ParseInt(number, 10, 64)
	id = ID{Kind: Kind(kind), Key: key, Part: part}
	if err != nil || key <= 0 || id.String() != opaque || !scalar.IsText(part) {
		return ID{}, false
	}
	return id, true
}

// KeyOf returns the key in an opaque id of the wanted kind without a part; ok is false for any other text.
func KeyOf(want Kind, opaque string) (key int64, ok bool) {
	id, ok := DecodeID(opaque)
	if !ok || id.Kind != want || id.Part != "" {
		return 0, false
	}
	return id.Key, true
}
