package wire

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// Refusal is an answer given instead of executing.
type Refusal struct {
	Status int
	Allow  string // the Allow header, if the method is at fault
	Fault  *gqlerror.Error
}

// Refuse makes a Refusal.
func Refuse(status int, code Code, message string) *Refusal {
	return &Refusal{Status: status, Fault: Fault(code, message)}
}

// TooBusy makes a Refusal for what the server has no room for at present.
func TooBusy(message string) *Refusal {
	return &Refusal{Status: http.StatusServiceUnavailable, Fault: Overload(message)}
}

// Restarting makes a Refusal for what would begin while the process is shutting down.
func Restarting() *Refusal {
	return &Refusal{Status: http.StatusServiceUnavailable, Fault: Restart()}
}

// ReadGet parses an operation from the query string.
func ReadGet(r *http.Request, maxURL int) (*graphql.RawParams, *Refusal) {
	if len(r.URL.RawQuery) > maxURL {
		return nil, Refuse(http.StatusRequestURITooLong, BodyTooLarge, "The query string is too long; use POST.")
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, Refuse(http.StatusBadRequest, BadRequest, "The query string cannot be decoded.")
	}
	for _, name := range []string{"query", "operationName", "variables", "extensions", "documentId"} {
		if len(values[name]) > 1 { // of which another program may read another
			return nil, Refuse(http.StatusBadRequest, BadRequest, `The query string has "`+name+`" more than once.`)
		}
	}
	p := &graphql.RawParams{Query: values.Get("query"), OperationName: values.Get("operationName")}
	var fault *gqlerror.Error
	if p.Variables, fault = ParseObject("variables", []byte(values.Get("variables"))); fault != nil {
		return nil, &Refusal{Status: http.StatusBadRequest, Fault: fault}
	}
	if p.Extensions, fault = ParseObject("extensions", []byte(values.Get("extensions"))); fault != nil {
		return nil, &Refusal{Status: http.StatusBadRequest, Fault: fault}
	}
	if id := values.Get("documentId"); id != "" {
		SetDocumentID(p, id)
	}
	if fault = RequireDocument(p); fault != nil {
		return nil, &Refusal{Status: http.StatusBadRequest, Fault: fault}
	}
	return p, nil
}

// ReadPost reads a JSON body of at most maxBody bytes that arrives before deadline, for ParsePost.
func ReadPost(w http.ResponseWriter, r *http.Request, maxBody int64, deadline time.Time) ([]byte, *Refusal) {
	if !isJSON(r.Header.Get("Content-Type")) {
		return nil, Refuse(http.StatusUnsupportedMediaType, UnsupportedMediaType,
			"Content-Type must be application/json in UTF-8.")
	}
	if enc := r.Header.Get("Content-Encoding"); enc != "" && !strings.EqualFold(enc, "identity") {
		return nil, Refuse(http.StatusUnsupportedMediaType, UnsupportedMediaType, "Compressed bodies are not accepted.")
	}
	if r.ContentLength > maxBody {
		return nil, TooLarge(maxBody)
	}
	return readBody(w, r, maxBody, deadline)
}

// ParsePost parses an operation from the body of a POST.
func ParsePost(body []byte) (*graphql.RawParams, *Refusal) {
	p, fault := ParseRequest(body)
	if fault != nil {
		return nil, &Refusal{Status: http.StatusBadRequest, Fault: fault}
	}
	return p, nil
}

func readBody(w http.ResponseWriter, r *http.Request, maxBody int64, deadline time.Time) ([]byte, *Refusal) {
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(deadline) // a writer that cannot do this has no connection to hold
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var over *http.MaxBytesError
	switch {
	case err == nil:
		// Not before: after a failure, the deadline keeps net/http from waiting for the rest.
		_ = rc.SetReadDeadline(time.Time{})
		return body, nil
	case errors.As(err, &over):
		return nil, TooLarge(maxBody)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, Refuse(http.StatusRequestTimeout, RequestTimeout, "The body did not arrive in time.")
	}
	return nil, Refuse(http.StatusBadRequest, BadRequest, "The body could not be read.")
}

// TooLarge refuses a body of more than maxBody bytes.
func TooLarge(maxBody int64) *Refusal {
	return Refuse(http.StatusRequestEntityTooLarge, BodyTooLarge, "The body is larger than what is read of it, "+inBytes(maxBody)+".")
}

// inBytes spells a size, in whole MiB or KiB if possible.
func inBytes(size int64) string {
	switch {
	case size%(1<<20) == 0:
		return strconv.FormatInt(size>>20, 10) + " MiB"
	case size%(1<<10) == 0:
		return strconv.FormatInt(size>>10, 10) + " KiB"
	}
	return strconv.FormatInt(size, 10) + " bytes"
}

// isJSON reports whether a Content-Type is application/json in UTF-8, which is JSON's only encoding.
func isJSON(contentType string) bool {
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil || media != "application/json" {
		return false
	}
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// StatusOf returns the HTTP status of a request that failed with these errors before execution.
func StatusOf(errs gqlerror.List) int {
	if len(errs) == 0 {
		return http.StatusInternalServerError
	}
	switch CodeOf(errs[0]) {
	case Throttled:
		return http.StatusTooManyRequests
	case Unauthenticated:
		return http.StatusUnauthorized
	case IntrospectionDisabled, DocumentNotTrusted:
		return http.StatusForbidden
	case Overloaded, Unavailable, ShuttingDown:
		return http.StatusServiceUnavailable
	case Internal, "":
		return http.StatusInternalServerError
	}
	return http.StatusBadRequest
}

// SetRetryAfter copies the first error's retryAfter into the header that proxies and clients read.
func SetRetryAfter(h http.Header, errs gqlerror.List) {
	if seconds := RetryAfter(errs); seconds > 0 {
		h.Set("Retry-After", strconv.FormatInt(seconds, 10))
	}
}

// RetryAfter returns the seconds that the first error asks a client to wait, or 0.
func RetryAfter(errs gqlerror.List) int64 {
	if len(errs) == 0 {
		return 0
	}
	seconds, _ := errs[0].Extensions["retryAfter"].(int64)
	return seconds
}
