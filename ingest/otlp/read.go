package otlp

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"reflect"
	"sync"

	collectormetrics "go.opentelemetry.io/proto/otlp/collector/metrics/v1"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	trace "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

// Encoding is how a message is written.
type Encoding string

// The encodings of OTLP/HTTP, by their media types.
const (
	Protobuf Encoding = "application/x-protobuf"
	JSON     Encoding = "application/json"
)

// Bounds of a message. An empty message within a message takes two bytes to send and a hundred in memory; real messages are longer.
const (
	maxDepth       = 64 // nested messages
	bytesAnObject  = 12 // least average bytes of JSON per object …
	objectsForFree = 1_000
	memoryAByte    = 28 // most average bytes in memory per byte of protobuf …
	memoryForFree  = 300_000
	memoryAPointer = 32 // bytes for reaching a message: its place in a list, or the value that holds one of several types
)

// Expansion bounds how many bytes of memory a byte of a message takes once it is decoded: its messages and the texts in them.
const Expansion = 32

var (
	errManyMessages = errors.New("it holds more empty messages than any telemetry does")
	errDeep         = fmt.Errorf("its messages are more than %d deep", maxDepth)
)

// sizes returns the bytes of memory that an empty message of each kind takes. Attributes, which are most of telemetry, are a fourth of a
// span.
var sizes = sync.OnceValue(func() map[protoreflect.MessageDescriptor]int {
	known := map[protoreflect.MessageDescriptor]int{}
	var add func(of protoreflect.MessageDescriptor)
	add = func(of protoreflect.MessageDescriptor) {
		if _, met := known[of]; met {
			return
		}
		known[of] = 0
		if kind, err := protoregistry.GlobalTypes.FindMessageByName(of.FullName()); err == nil { // linked in with the request
			known[of] = memoryAPointer + int(reflect.TypeOf(kind.Zero().Interface()).Elem().Size())
		}
		for i := range of.Fields().Len() {
			if inner := of.Fields().Get(i).Message(); inner != nil {
				add(inner)
			}
		}
	}
	add((*collector.ExportTraceServiceRequest)(nil).ProtoReflect().Descriptor())
	add((*collectormetrics.ExportMetricsServiceRequest)(nil).ProtoReflect().Descriptor())
	return known
})

// unmarshal decodes a request. It skips unknown members, as the protocol demands.
func unmarshal(text string, in Encoding, into proto.Message) error {
	if in == JSON {
		if objects(text) > objectsForFree+len(text)/bytesAnObject {
			return errManyMessages
		}
		return protojson.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: maxDepth}.Unmarshal([]byte(text), into)
	}
	raw, left := []byte(text), memoryForFree+len(text)*memoryAByte
	if err := weigh(into.ProtoReflect().Descriptor(), raw, sizes(), &left, 0); err != nil {
		return err
	}
	return proto.UnmarshalOptions{DiscardUnknown: true, RecursionLimit: maxDepth}.Unmarshal(raw, into)
}

// objects counts the objects in a JSON text. Braces within strings, as in prompts, do not count.
func objects(text string) (n int) {
	within := false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			within = !within
		case '\\':
			i++ // occurs only in strings, and the byte after it does not end one
		case '{':
			if !within {
				n++
			}
		}
	}
	return n
}

// weigh adds up the memory of the messages within a message before they are decoded. left is how much memory they may still take.
func weigh(of protoreflect.MessageDescriptor, raw []byte, sizes map[protoreflect.MessageDescriptor]int, left *int, depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	// Of the last member, which most often is that of the next one too; looking both up costs more than all else.
	var last protowire.Number
	var message protoreflect.MessageDescriptor // nil: not a message
	var takes int
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
		if number != last {
			last, message, takes = number, nil, 0
			if field := of.Fields().ByNumber(number); field != nil && field.Message() != nil {
				message, takes = field.Message(), sizes[field.Message()]
			}
		}
		if kind == protowire.BytesType && message != nil {
			if *left -= takes; *left < 0 {
				return errManyMessages
			}
			if inner, _ := protowire.ConsumeBytes(raw); len(inner) > 0 {
				if err := weigh(message, inner, sizes, left, depth+1); err != nil {
					return err
				}
			}
		}
		raw = raw[size:]
	}
	return nil
}

// mendIDs decodes trace and span ids again, because OTLP writes them in hexadecimal where JSON's mapping of protobuf expects base64.
// Hexadecimal digits survive decoding as base64. An id that was not hexadecimal becomes an invalid one.
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
