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

// Message is an accepted mail.
type Message struct {
	From string   // of the envelope
	To   []string // of the envelope
	User string   // who authenticated; empty: no one
	TLS  bool     // whether it came encrypted
	Raw  []byte   // header and content as they came
}

// Header is one header, decoded; empty if the mail has none of that name.
func (m Message) Header(t testing.TB, name string) string {
	t.Helper()
	decoded, err := new(mime.WordDecoder).DecodeHeader(m.parse(t).Header.Get(name))
	if err != nil {
		t.Fatalf("mailtest: header %s: %v", name, err)
	}
	return decoded
}

// Text is the mail's plain text, "" if it has none.
func (m Message) Text(t testing.TB) string { t.Helper(); return m.part(t, "text/plain") }

// HTML is the mail's HTML, "" if it has none.
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
		// NextPart undoes the quoted-printable encoding.
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
