package console

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"
)

// notBuilt is what a binary without the console answers.
const notBuilt = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Usagegraph</title>
<h1>The console is not built</h1>
<p>This binary was built without Node.js. <code>make build</code> builds it with the console. The API is served at <code>/graphql</code>.</p>
</html>
`

// OIDC is the issuer that people sign in with, as the console needs to know it: a public client with PKCE, whose redirect URI is
// the console's own address followed by /signed-in.
type OIDC struct {
	Issuer   string `json:"issuer"`   // URL of the issuer, whose discovery document is read
	ClientID string `json:"clientId"` // the console's client there
	Scope    string `json:"scope"`    // what to ask for, such as "openid email profile"
	Audience string `json:"audience"` // passed on as the parameter audience; "": none
	Tokens   string `json:"tokens"`   // which of the issuer's tokens the API takes: any, access or id
}

// Options are what a server tells its console.
type Options struct {
	// OIDC offers a second way to sign in; nil: API tokens only.
	OIDC *OIDC
	// Connect tells which further origins the page may fetch from, such as that of the issuer's token endpoint where it is not the
	// issuer's own; nil: none. It is asked for each page, since an issuer may say so only later.
	Connect func() []string
}

// Policy is the content security policy of the page: its own files, the issuer, and nothing else. Style attributes are allowed
// (never style sheets) for chart tooltips and for e-mails shown in a sandboxed frame.
func (o Options) Policy() string {
	connect := []string{"connect-src 'self'"}
	if u, err := url.Parse(o.issuer()); err == nil && u.Host != "" {
		connect = append(connect, u.Scheme+"://"+u.Host)
	}
	if o.Connect != nil {
		for _, further := range o.Connect() {
			if !slices.Contains(connect, further) {
				connect = append(connect, further)
			}
		}
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self'",
		"style-src-attr 'unsafe-inline'",
		"img-src 'self' data:",
		"font-src 'self'",
		strings.Join(connect, " "),
		"frame-src 'self'",
		"base-uri 'none'",
		"form-action 'self'",
		"frame-ancestors 'none'",
	}, "; ")
}

func (o Options) issuer() string {
	if o.OIDC == nil {
		return ""
	}
	return o.OIDC.Issuer
}

// Handler serves the console under /. Files under /assets/ carry their hash in the name and are kept for a year; every other
// path that names no file is the page itself, which routes by URL. /console-config.json tells the page how to sign in.
func Handler(o Options) http.Handler {
	files, ok := Files()
	return handler(files, ok, o)
}

func handler(files fs.FS, ok bool, o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		case !ok:
			page(w, o.Policy())
			serve(w, r, []byte(notBuilt), http.StatusNotFound)
		case r.URL.Path == "/console-config.json":
			serveConfig(w, o)
		default:
			serveFile(w, r, files, o.Policy)
		}
	})
}

func serveConfig(w http.ResponseWriter, o Options) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_ = json.NewEncoder(w).Encode(struct { // the client has gone if this fails
		OIDC *OIDC `json:"oidc"`
	}{o.OIDC})
}

func serveFile(w http.ResponseWriter, r *http.Request, files fs.FS, policy func() string) {
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	body, encoding, err := read(files, name, accepts(r))
	switch {
	case err == nil && strings.HasPrefix(name, "assets/"):
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	case err == nil && name != "index.html":
		w.Header().Set("Cache-Control", "public, max-age=3600")
	case strings.HasPrefix(name, "assets/"):
		http.NotFound(w, r)
		return
	default:
		name = "index.html"
		if body, encoding, err = read(files, name, accepts(r)); err != nil {
			http.Error(w, "the console is damaged", http.StatusInternalServerError)
			return
		}
		page(w, policy())
	}
	describe(w, name, encoding)
	serve(w, r, body, http.StatusOK)
}

// read gives a file, compressed where the client takes that and the build made it.
func read(files fs.FS, name string, encodings []encoding) (body []byte, coding string, err error) {
	for _, e := range encodings {
		if body, err = fs.ReadFile(files, name+e.suffix); err == nil {
			return body, e.name, nil
		}
	}
	body, err = fs.ReadFile(files, name)
	return body, "", err
}

type encoding struct{ name, suffix string }

func accepts(r *http.Request) []encoding {
	var accepted []encoding
	header := r.Header.Get("Accept-Encoding")
	for _, e := range []encoding{{"br", ".br"}, {"gzip", ".gz"}} {
		if offers(header, e.name) {
			accepted = append(accepted, e)
		}
	}
	return accepted
}

func offers(header, name string) bool {
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(part, ";")
		if strings.TrimSpace(coding) == name {
			return !strings.HasSuffix(strings.TrimRight(strings.TrimSpace(params), "0."), "q=")
		}
	}
	return false
}

func page(w http.ResponseWriter, policy string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-cache")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Referrer-Policy", "no-referrer")
}

func describe(w http.ResponseWriter, name, coding string) {
	h := w.Header()
	if h.Get("Content-Type") == "" {
		if kind := mime.TypeByExtension(path.Ext(name)); kind != "" {
			h.Set("Content-Type", kind)
		}
	}
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add("Vary", "Accept-Encoding")
	if coding != "" {
		h.Set("Content-Encoding", coding)
	}
}

func serve(w http.ResponseWriter, r *http.Request, body []byte, status int) {
	if status != http.StatusOK {
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			_, _ = w.Write(body)
		}
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
