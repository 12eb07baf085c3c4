package wire

import (
	"slices"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Code is the machine-readable reason in extensions.code of an error. The list is closed: every error that a transport or the guard makes
// itself carries one of Codes.
type Code string

// The codes of the transports and of the document guard.
const (
	BadRequest            Code = "BAD_REQUEST"               // the request is not a GraphQL request
	BodyTooLarge          Code = "BODY_TOO_LARGE"            // more bytes than the server reads
	RequestTimeout        Code = "REQUEST_TIMEOUT"           // the body did not arrive in time
	MethodNotAllowed      Code = "METHOD_NOT_ALLOWED"        // a wrong HTTP method, or a mutation by GET
	NotAcceptable         Code = "NOT_ACCEPTABLE"            // Accept names no media type that the server can write
	UnsupportedMediaType  Code = "UNSUPPORTED_MEDIA_TYPE"    // the body is not application/json
	StreamRequired        Code = "STREAM_REQUIRED"           // a subscription over plain HTTP
	Unauthenticated       Code = "UNAUTHENTICATED"           // no valid token, or one that has ended
	TooManySubscriptions  Code = "TOO_MANY_SUBSCRIPTIONS"    // over the limit of this connection
	Overloaded            Code = "OVERLOADED"                // the server sheds load; come back
	Unavailable           Code = "UNAVAILABLE"               // the database cannot be reached now; try again
	ShuttingDown          Code = "SHUTTING_DOWN"             // this process is shutting down; come back at once
	Internal              Code = "INTERNAL"                  // a fault of ours; see the request id
	ParseFailed           Code = errcode.ParseFailed         // the document is not GraphQL
	ValidationFailed      Code = errcode.ValidationFailed    // the document does not fit the schema
	DocumentTooComplex    Code = "DOCUMENT_TOO_COMPLEX"      // too many tokens, levels, aliases, directives, …
	CostTooHigh           Code = "COST_TOO_HIGH"             // costs more than one request may
	Throttled             Code = "THROTTLED"                 // the principal's bucket is empty
	IntrospectionDisabled Code = "INTROSPECTION_DISABLED"    // this caller may not explore
	DocumentNotTrusted    Code = "DOCUMENT_NOT_TRUSTED"      // the token sends trusted documents only
	DocumentNotFound      Code = "PERSISTED_QUERY_NOT_FOUND" // no document with this hash is known
)

// Codes lists every code of this package in a stable order.
func Codes() []Code {
	all := []Code{
		BadRequest, BodyTooLarge, RequestTimeout, MethodNotAllowed, NotAcceptable,
		UnsupportedMediaType, StreamRequired, Unauthenticated, TooManySubscriptions, Overloaded,
		Unavailable, ShuttingDown, Internal, ParseFailed, ValidationFailed, DocumentTooComplex, CostTooHigh,
		Throttled, IntrospectionDisabled, DocumentNotTrusted, DocumentNotFound,
	}
	slices.Sort(all)
	return all
}

// Fault makes an error with a code and a message, which must not contain input.
func Fault(code Code, message string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": string(code)}}
}

// CodeOf returns the code of an error, or "" if it has none.
func CodeOf(err *gqlerror.Error) Code {
	if err == nil {
		return ""
	}
	switch code := err.Extensions["code"].(type) {
	case string:
		return Code(code)
	case Code:
		return code
	}
	return ""
}
