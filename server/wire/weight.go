package wire

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Weight measures a JSON body. One pass that builds nothing finds it out, so that decoding can be paid for, or refused, before it is done.
type Weight struct {
	Bytes  int // of the body
	Values int // strings, numbers, objects and so on, but not names
	Text   int // bytes of strings, numbers and names, but not of the document
	Depth  int // of nested objects and lists
}

// Weigh measures a body. If the body is not valid JSON, it counts what looks like JSON; decoding finds the fault.
func Weigh(body []byte) Weight {
	w := Weight{Bytes: len(body)}
	depth, document := 0, false // document: the next string is "query" of the request itself
	for i := 0; i < len(body); {
		switch c := body[i]; {
		case c == '"':
			end := endOfText(body, i+1)
			text, name := body[i+1:end], isName(body, end+1)
			if i = end + 1; !name {
				w.Values++
			}
			if !document {
				w.Text += len(text)
			}
			document = name && depth == 1 && string(text) == "query"
		case c == '{' || c == '[':
			w.Values++
			depth++
			w.Depth = max(w.Depth, depth)
			i++
		case c == '}' || c == ']':
			depth--
			i++
		case c <= ' ' || c == ',' || c == ':':
			i++
		default:
			start := i
			for i < len(body) && !ends(body[i]) {
				i++
			}
			w.Values++
			w.Text += i - start
		}
	}
	return w
}

// endOfText returns the index of the quotation mark that ends the string beginning at start, or of the body's end.
func endOfText(body []byte, start int) int {
	for i := start; i < len(body); i++ {
		switch body[i] {
		case '"':
			return i
		case '\\':
			i++
		}
	}
	return len(body)
}

// isName reports whether the string before i is the name of an entry.
func isName(body []byte, i int) bool {
	for i < len(body) && body[i] <= ' ' {
		i++
	}
	return i < len(body) && body[i] == ':'
}

// ends reports whether c ends a number or a word.
func ends(c byte) bool {
	return c <= ' ' || c == ',' || c == ':' || c == '"' || c == '{' || c == '}' || c == '[' || c == ']'
}

// Admitter is an executor that decides, before a body is decoded, whether it may be. The context that it returns carries its findings; the
// operation must be created with that context.
type Admitter interface {
	Admit(ctx context.Context, w Weight) (context.Context, *gqlerror.Error)
}

// Admit asks an executor that is an Admitter, and admits the body for any other.
func Admit(ctx context.Context, exec graphql.GraphExecutor, body []byte) (context.Context, *gqlerror.Error) {
	if a, ok := exec.(Admitter); ok {
		return a.Admit(ctx, Weigh(body))
	}
	return ctx, nil
}
