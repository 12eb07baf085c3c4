package otlp

import (
	"net/http"
	"strings"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
)

// Refusal returns the body of an answer that refuses a request with an HTTP status.
func Refusal(in Encoding, httpStatus int, message string) []byte {
	return encode(in, &status.Status{Code: int32(codeOf(httpStatus)), Message: sendable(message)})
}

// sendable replaces what is not UTF-8 in a text, because no message may contain it and reasons repeat parts of the request.
func sendable(text string) string { return strings.ToValidUTF8(text, "\uFFFD") }

func encode(in Encoding, m proto.Message) []byte {
	if in == JSON {
		b, _ := protojson.Marshal(m) // its texts are sendable, and nothing else in it can fail
		return b
	}
	b, _ := proto.Marshal(m)
	return b
}

func codeOf(httpStatus int) code.Code {
	switch {
	case httpStatus == http.StatusTooManyRequests:
		return code.Code_RESOURCE_EXHAUSTED
	case httpStatus == http.StatusMethodNotAllowed:
		return code.Code_UNIMPLEMENTED
	case httpStatus < http.StatusInternalServerError:
		return code.Code_INVALID_ARGUMENT
	}
	return code.Code_UNAVAILABLE
}
