package console

import (
	"bytes"
	"io/fs"
	"mime"
	"net/http"
	"path"
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

// Policy is the content security policy that the console needs: its own files and nothing else. connect lists further origins
// that it may fetch from, such as the OpenID Connect issuer. Style attributes are allowed (never style sheets) for chart
// tooltips and for e-mails shown in a sandboxed frame.
func Policy(connect ...string) string {
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self'",
		"style-src-attr 'unsafe-inline'",
		"img-src 'self' data:",
		"font-src 'self'",
		strings.Join(append([]string{"connect-src 'self'"}, connect...), " "),
		"frame-src 'self'",
		"manifest-src 'self'",
		"base-uri 'none'",
		"form-action 'self'",
		"frame-ancestors 'none'",
	}, "; ")
}

// Handler serves the console under /. Files under /assets/ carry their hash in the name and are kept for a year; every other
// path that names no file is the page itself, which routes by URL. policy is sent with the page.
func Handler(policy string) http.Handler {
	files, ok := Files()
	return handler(files, ok, policy)
}

func handler(files fs.FS, ok bool, policy string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
			return
		}
		if !ok {
			page(w, policy)
			serve(w, r, []byte(notBuilt), http.StatusNotFound)
			return
		}
		serveFile(w, r, files, policy)
	})
}

func serveFile(w http.ResponseWriter, r *http.Request, files fs.FS, policy string) {
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
		page(w, policy)
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
