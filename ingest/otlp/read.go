package otlp

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Encoding is how a message is written.
type Encoding string

// The encodings of OTLP/HTTP, by their media types.
const (
	Protobuf Encoding = "application/x-protobuf"
	JSON     Encoding = "application/json"
)

// Bounds of a message. An empty message within a message takes two bytes to send and a hundred to keep; real ones are longer.
const (
	maxDepth        = 64 // messages within each other
	bytesAMessage   = 12 // that a message within the whole has at least, on average …
	messagesForFree = 1_000
)

// Expansion bounds how many bytes of memory a byte of a message takes once it is decoded.
const Expansion = 32

var (
	errManyMessages = errors.New("it holds more empty messages than any telemetry does")
	errDeep         = fmt.Errorf("its messages are more than %d deep", maxDepth)
)

// unmarshal decodes a request. Members that are not known are passed over, as the protocol has it.
func unmarshal(text string, in Encoding, into proto.Message) error {
	allowed := messagesForFree + len(text)/bytesAMessage
	if in == JSON {
		if strings.Count(text, "{") > allowed {
			return errManyMessages
		}
		return protojson.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: maxDepth}.Unmarshal([]byte(text), into)
	}
	raw := []byte(text)
	if err := weigh(into.ProtoReflect().Descriptor(), raw, &allowed, 0); err != nil {
		return err
	}
	return proto.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: maxDepth}.Unmarshal(raw, into)
}

// weigh counts the messages within a message before memory is made for them. left is how many there may be.
func weigh(of protoreflect.MessageDescriptor, raw []byte, left *int, depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	for len(raw) > 0 {
		number, kind, n := protowire.ConsumeTag(raw)
		if n < 0 {
			return protowire.ParseError(n)
		}
		raw = raw[n:]
		size := protowire.ConsumeFieldValue(number, kind, raw)
		if size < 0 {
			return protowire.ParseError(size)
		}
		field := of.Fields().ByNumber(number)
		if kind == protowire.BytesType && field != nil && field.Message() != nil {
			if *left--; *left < 0 {
				return errManyMessages
			}
			inner, _ := protowire.ConsumeBytes(raw)
			if err := weigh(field.Message(), inner, left, depth+1); err != nil {
				return err
			}
		}
		raw = raw[size:]
	}
	return nil
}

// mendIDs reads trace and span ids again: OTLP writes them in hexadecimal where JSON's mapping of protobuf takes base64. Of a text of
// hexadecimal digits nothing is lost on that way. What was none becomes an id that is none.
func mendIDs(span *trace.Span) {
	span.TraceId, span.SpanId = mended(span.GetTraceId()), mended(span.GetSpanId())
}

func mended(id []byte) []byte {
	raw, err := hex.DecodeString(base64.StdEncoding.EncodeToString(id))
	if err != nil {
		return nil
	}
	return raw
}
