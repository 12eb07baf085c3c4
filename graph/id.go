package graph

import (
	"encoding/base64"
	"strconv"
	"strings"
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
	KindGrant         Kind = "Grant"
	KindGuardrail     Kind = "Guardrail"
	KindMember        Kind = "Member"
	KindModel         Kind = "Model"
	KindPlan          Kind = "Plan"
	KindReservation   Kind = "Reservation"
	KindScript        Kind = "Script"
	KindStatement     Kind = "Statement"
	KindTool          Kind = "Tool"
)

// idLimit is the longest text that can be an id; longer ones are not even decoded.
const idLimit = 64

// EncodeID makes the opaque global id of the object of a kind with an int8 key: unpadded base64url of "Kind:key".
func EncodeID(k Kind, key int64) string {
	return base64.RawURLEncoding.EncodeToString(strconv.AppendInt([]byte(string(k)+":"), key, 10))
}

// DecodeID takes an opaque id apart. Anything that EncodeID does not make for a positive key is not ok, and is to be
// answered like an id that does not exist (rules.md §11).
func DecodeID(id string) (k Kind, key int64, ok bool) {
	if len(id) > idLimit {
		return "", 0, false
	}
	text, err := base64.RawURLEncoding.Strict().DecodeString(id)
	if err != nil {
		return "", 0, false
	}
	name, number, found := strings.Cut(string(text), ":")
	key, err = strconv.ParseInt(number, 10, 64)
	if !found || err != nil || key <= 0 || EncodeID(Kind(name), key) != id {
		return "", 0, false
	}
	return Kind(name), key, true
}

// keyOf is the key in an id of one kind; not ok if the id is malformed or of another kind.
func keyOf(want Kind, id string) (key int64, ok bool) {
	k, key, ok := DecodeID(id)
	return key, ok && k == want
}
