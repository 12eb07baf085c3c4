package mail

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"sync"
	texttemplate "text/template"
)

// Rendered is an e-mail ready to be sent. Subject is one line without control characters; HTML is a complete document that loads nothing
// from elsewhere.
type Rendered struct {
	Subject string
	Text    string
	HTML    string
}

//go:embed templates
var files embed.FS

// layout is a kind's sentences in the two layouts. The sentences are written once, in templates/<kind>.tmpl; in HTML they are escaped
// according to their context.
type layout struct {
	text *texttemplate.Template
	html *htmltemplate.Template
}

// layouts are read when the first mail is rendered: a process that sends none need not hold them.
var layouts = sync.OnceValue(mustLayouts)

// Render renders the e-mail of a kind from its data, which is the JSON of the kind's data type. It fails with ErrKind or ErrData, after
// which no retry helps.
func Render(kind Kind, data json.RawMessage) (Rendered, error) {
	c, err := decode(kind, data)
	if err != nil {
		return Rendered{}, err
	}
	r, err := layouts()[kind].render(c)
	if err != nil {
		return Rendered{}, fmt.Errorf("render %s: %w", kind, err)
	}
	return r, nil
}

func (l layout) render(c content) (Rendered, error) {
	var subject, text, html bytes.Buffer
	if err := l.text.ExecuteTemplate(&subject, "subject", c); err != nil {
		return Rendered{}, err
	}
	if err := l.text.ExecuteTemplate(&text, "layout.txt", c); err != nil {
		return Rendered{}, err
	}
	if err := l.html.ExecuteTemplate(&html, "layout.html", c); err != nil {
		return Rendered{}, err
	}
	return Rendered{Subject: clean(subject.String()), Text: text.String(), HTML: html.String()}, nil
}

func mustLayouts() map[Kind]layout {
	funcs := map[string]any{
		"grantName": grantName, "items": items,
		"fact": func(label, value string) fact { return fact{label, value} },
	}
	m := make(map[Kind]layout)
	for _, k := range Kinds() {
		own := "templates/" + strings.ToLower(string(k)) + ".tmpl"
		m[k] = layout{
			text: texttemplate.Must(texttemplate.New("").Funcs(funcs).ParseFS(files, "templates/layout.txt", own)),
			html: htmltemplate.Must(htmltemplate.New("").Funcs(funcs).ParseFS(files, "templates/layout.html", own)),
		}
	}
	return m
}

// fact is a labelled value in an e-mail.
type fact struct{ Label, Value string }

// items returns the deployments that an e-mail lists.
func items(c content) []Deployment {
	switch d := c.(type) {
	case *LowLimitData:
		return d.Stops
	case *ZeroData:
		return d.Stops
	case *StoppedData:
		return d.Stopped
	}
	return nil
}
