package mailtest

import (
	"bytes"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"testing"
)

// Message is an accepted e-mail.
type Message struct {
	From  string   // of the envelope
	To    []string // of the envelope
	Hello string   // the name that the client gave
	User  string   // the authenticated user; empty: none
	TLS   bool     // whether the connection was encrypted
	Raw   []byte   // header and content as received
}

// Header returns one header, decoded; "" if there is no such header.
func (m Message) Header(t testing.TB, name string) string {
	t.Helper()
	decoded, err := new(mime.WordDecoder).DecodeHeader(m.parse(t).Header.Get(name))
	if err != nil {
		t.Fatalf("mailtest: header %s: %v", name, err)
	}
	return decoded
}

// Text returns the e-mail's plain text, or "" if it has none.
func (m Message) Text(t testing.TB) string { t.Helper(); return m.part(t, "text/plain") }

// HTML returns the e-mail's HTML, or "" if it has none.
func (m Message) HTML(t testing.TB) string { t.Helper(); return m.part(t, "text/html") }

func (m Message) parse(t testing.TB) *mail.Message {
	t.Helper()
	parsed, err := mail.ReadMessage(bytes.NewReader(m.Raw))
	if err != nil {
		t.Fatalf("mailtest: parse: %v", err)
	}
	return parsed
}

func (m Message) part(t testing.TB, want string) string {
	t.Helper()
	parsed := m.parse(t)
	kind, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil {
		t.Fatalf("mailtest: content type: %v", err)
	}
	if kind == want {
		return decoded(t, parsed.Header.Get("Content-Transfer-Encoding"), parsed.Body)
	}
	if kind != "multipart/alternative" {
		return ""
	}
	return fromParts(t, multipart.NewReader(parsed.Body, params["boundary"]), want)
}

func fromParts(t testing.TB, parts *multipart.Reader, want string) string {
	t.Helper()
	for {
		// NextPart decodes quoted-printable.
		part, err := parts.NextPart()
		if err == io.EOF {
			return ""
		}
		if err != nil {
			t.Fatalf("mailtest: parts: %v", err)
		}
		if kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type")); kind == want {
			return decoded(t, "", part)
		}
	}
}

func decoded(t testing.TB, encoding string, r io.Reader) string {
	t.Helper()
	if encoding == "quoted-printable" {
		r = quotedprintable.NewReader(r)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("mailtest: decode: %v", err)
	}
	return string(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
}
