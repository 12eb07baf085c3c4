package wire

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// DocumentIDKey is the extension in which ParseRequest stores a top-level documentId. PersistedKey is the one in which Apollo's clients name a document.
const (
	DocumentIDKey = "documentId"
	PersistedKey  = "persistedQuery"
)

type request struct {
	Query         *string `json:"query"`
	DocumentID    *string `json:"documentId"`
	OperationName *string `json:"operationName"`
	Variables     any     `json:"variables"`
	Extensions    any     `json:"extensions"`
}

// ParseRequest reads a GraphQL request from JSON. Every failure is BAD_REQUEST, with a text that says which entry is wrong and repeats
// nothing of the input. Numbers stay exact (json.Number).
func ParseRequest(body []byte) (*graphql.RawParams, *gqlerror.Error) {
	body = bytes.TrimLeft(WithoutMark(body), " \t\r\n")
	if len(body) == 0 {
		return nil, Fault(BadRequest, "The request has no body.")
	}
	switch body[0] {
	case '{':
	case '[':
		return nil, Fault(BadRequest, "Batches are not supported; send one operation a request.")
	default:
		return nil, Fault(BadRequest, "The request must be a JSON object.")
	}
	var req request
	if err := decode(body, &req); err != nil {
		return nil, badEntry(err)
	}
	return req.params()
}

// WithoutMark returns a text without the byte order mark that some editors and clients put at its beginning; RFC 8259 permits ignoring it.
func WithoutMark(text []byte) []byte { return bytes.TrimPrefix(text, []byte("\ufeff")) }

func (req *request) params() (*graphql.RawParams, *gqlerror.Error) {
	p := &graphql.RawParams{}
	var fault *gqlerror.Error
	if p.Variables, fault = objectOf("variables", req.Variables); fault != nil {
		return nil, fault
	}
	if p.Extensions, fault = objectOf("extensions", req.Extensions); fault != nil {
		return nil, fault
	}
	if req.OperationName != nil {
		p.OperationName = *req.OperationName
	}
	if req.DocumentID != nil {
		SetDocumentID(p, *req.DocumentID)
	}
	if req.Query != nil {
		p.Query = *req.Query
	}
	return p, RequireDocument(p)
}

// SetDocumentID records the id of a stored document in the request.
func SetDocumentID(p *graphql.RawParams, id string) {
	if p.Extensions == nil {
		p.Extensions = make(map[string]any, 1)
	}
	p.Extensions[DocumentIDKey] = id
}

// ParseObject reads the JSON object of an entry; nil if it is empty or null.
func ParseObject(entry string, raw []byte) (map[string]any, *gqlerror.Error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var out map[string]any
	if err := decode(raw, &out); err != nil {
		return nil, noObject(entry)
	}
	return out, nil
}

// objectOf returns the object that an entry holds; nil for null.
func objectOf(entry string, value any) (map[string]any, *gqlerror.Error) {
	object, is := value.(map[string]any)
	if !is && value != nil {
		return nil, noObject(entry)
	}
	return object, nil
}

func noObject(entry string) *gqlerror.Error {
	return Fault(BadRequest, `"`+entry+`" must be a JSON object.`)
}

// RequireDocument refuses a request that names no document by text, id or hash.
func RequireDocument(p *graphql.RawParams) *gqlerror.Error {
	_, byID := p.Extensions[DocumentIDKey]
	byHash := p.Extensions[PersistedKey] != nil
	if p.Query == "" && !byID && !byHash {
		return Fault(BadRequest, `"query" is missing or empty.`)
	}
	return nil
}

// decode reads exactly one JSON value.
func decode(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if len(bytes.TrimLeft(raw[d.InputOffset():], " \t\r\n")) > 0 {
		return io.ErrUnexpectedEOF
	}
	return nil
}

func badEntry(err error) *gqlerror.Error {
	if t, ok := err.(*json.UnmarshalTypeError); ok {
		switch t.Field {
		case "query", "operationName", "documentId":
			return Fault(BadRequest, `"`+t.Field+`" must be a string.`)
		}
	}
	return Fault(BadRequest, "The request body is not valid JSON.")
}
