package wire

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Weight is how much there is in a body of JSON. It is known after one pass that builds nothing, so that decoding can be paid for,
// or refused, before it is done.
type Weight struct {
	Bytes  int // of the body
	Values int // texts, numbers, objects and so on, but not names
	Text   int // bytes of the texts, numbers and names, but not of the document
	Depth  int // of objects and lists within each other
}

// Weigh counts what is in a body. Of what is no JSON it counts what looks like it; decoding finds that out.
func Weigh(body []byte) Weight {
	w := Weight{Bytes: len(body)}
	depth, document := 0, false // document: the text that comes is "query" of the request itself
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

// endOfText is where the quotation mark is that ends the text which begins at start, or the body.
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

// isName reports whether the text before i is the name of an entry.
func isName(body []byte, i int) bool {
	for i < len(body) && body[i] <= ' ' {
		i++
	}
	return i < len(body) && body[i] == ':'
}

// ends reports whether a number or word cannot go on with c.
func ends(c byte) bool {
	return c <= ' ' || c == ',' || c == ':' || c == '"' || c == '{' || c == '}' || c == '[' || c == ']'
}

// Admitter is an executor that says of a body, before it is decoded, whether it may be. What it finds out is in the context, by which the
// operation is to be created.
type Admitter interface {
	Admit(ctx context.Context, w Weight) (context.Context, *gqlerror.Error)
}

// Admit asks an executor that is an Admitter, and any other not.
func Admit(ctx context.Context, exec graphql.GraphExecutor, body []byte) (context.Context, *gqlerror.Error) {
	if a, ok := exec.(Admitter); ok {
		return a.Admit(ctx, Weigh(body))
	}
	return ctx, nil
}
