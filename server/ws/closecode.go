package ws

import "fmt"

// Close codes of RFC 6455 and of graphql-transport-ws that this package sends.
const (
	CodeNormal          = 1000
	CodeProtocolError   = 1002
	CodeUnsupportedData = 1003
	CodeInvalidPayload  = 1007
	CodeTooBig          = 1009
	CodeRestart         = 1012 // the server is draining; come back
	CodeTryAgain        = 1013 // overload, or a client too slow for its events; come back later
	CodeBadRequest      = 4400
	CodeUnauthorized    = 4401
	CodeForbidden       = 4403
	CodeNotAcceptable   = 4406
	CodeInitTimeout     = 4408
	CodeDuplicate       = 4409
	CodeAccessChanged   = 4412 // the credential is valid but permits something else than before; come back at once
	CodeTooManyRequests = 4429
)

// Close is an error that closes a connection with a code and a reason of at most 123 bytes.
type Close struct {
	Code   int
	Reason string
}

// Error returns the code and the reason.
func (c Close) Error() string { return fmt.Sprintf("close %d: %s", c.Code, c.Reason) }
