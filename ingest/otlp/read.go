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

// Bounds of a message. An empty message within a message takes two bytes to send and a hundred to keep; real ones are longer.
const (
	maxDepth       = 64 // messages within each other
	bytesAnObject  = 12 // of JSON for each object at least, on average …
	objectsForFree = 1_000
	memoryAByte    = 28 // of protobuf may be kept in messages, on average …
	memoryForFree  = 300_000
	memoryAPointer = 32 // bytes by which a message is reached: its place in a list, and what holds a value of one of several types
)

// Expansion bounds how many bytes of memory a byte of a message takes once it is decoded: its messages and the texts in them.
const Expansion = 32

var (
	errManyMessages = errors.New("it holds more empty messages than any telemetry does")
	errDeep         = fmt.Errorf("its messages are more than %d deep", maxDepth)
)

// sizes are the bytes of memory that an empty message of each kind takes. Attributes, of which telemetry has most, are a fourth of a span.
var sizes = sync.OnceValue(func() map[protoreflect.MessageDescriptor]int {
	known := map[protoreflect.MessageDescriptor]int{}
	var add func(of protoreflect.MessageDescriptor)
	add = func(of protoreflect.MessageDescriptor) {
		if _, met := known[of]; met {
			return
		}
		known[of] = 0
		if kind, err := protoregistry.GlobalTypes.FindMessageByName(of.FullName()); err == nil { // it is linked in with the request
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

// unmarshal decodes a request. Members that are not known are passed over, as the protocol has it.
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

// objects counts the objects of a JSON text. Braces within strings, as prompts have them, are none.
func objects(text string) (n int) {
	within := false
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			within = !within
		case '\\':
			i++ // stands in strings alone, and what follows it ends none
		case '{':
			if !within {
				n++
			}
		}
	}
	return n
}

// weigh adds up the memory of the messages within a message before it is taken. left is how much there may be.
func weigh(of protoreflect.MessageDescriptor, raw []byte, sizes map[protoreflect.MessageDescriptor]int, left *int, depth int) error {
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
			if *left -= sizes[field.Message()]; *left < 0 {
				return errManyMessages
			}
			inner, _ := protowire.ConsumeBytes(raw)
			if err := weigh(field.Message(), inner, sizes, left, depth+1); err != nil {
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
