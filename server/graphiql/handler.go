package graphiql

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"
)

// Path is the path of the page.
const Path = "/graphiql/"

const notBuilt = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>GraphiQL</title>
<h1>GraphiQL is not built</h1>
<p>This binary was built without Node.js. <code>make build</code> builds it with GraphiQL. The API is served at <code>/graphql</code>.</p>
</html>
`

// noncePlace stands in the built page where the nonce goes.
const noncePlace = "__NONCE__"

// Policy returns the content security policy of the page. It allows only files of this server, and the style elements with the nonce, which
// the menus need. Fonts and pictures are in the style sheet as data.
func Policy(nonce string) string {
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self' 'nonce-" + nonce + "'",
		"img-src 'self' data:",
		"font-src 'self' data:",
		"connect-src 'self'",
		"base-uri 'none'",
		"form-action 'none'",
		"frame-ancestors 'none'",
	}, "; ")
}

// Handler serves the page under Path. random makes the nonces.
func Handler(random func([]byte) (int, error)) (http.Handler, error) {
	if random == nil {
		return nil, errors.New("graphiql: random is required")
	}
	files, ok := Files()
	return handler(files, ok, random), nil
}

func handler(files fs.FS, ok bool, random func([]byte) (int, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := strings.TrimPrefix(path.Clean(r.URL.Path), strings.TrimSuffix(Path, "/"))
		switch {
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		case name == "" || name == "/" || name == "/index.html":
			servePage(w, r, files, ok, random)
		case !ok:
			http.NotFound(w, r)
		default:
			serveAsset(w, r, files, strings.TrimPrefix(name, "/"))
		}
	})
}

// servePage serves the page with a fresh nonce.
func servePage(w http.ResponseWriter, r *http.Request, files fs.FS, ok bool, random func([]byte) (int, error)) {
	raw := make([]byte, 16)
	if _, err := random(raw); err != nil {
		http.Error(w, "the page cannot be made right now", http.StatusInternalServerError)
		return
	}
	nonce := base64.RawStdEncoding.EncodeToString(raw)
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", Policy(nonce))
	h.Set("Cache-Control", "no-store")
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(notBuilt))
		return
	}
	page, err := fs.ReadFile(files, "index.html")
	if err != nil {
		http.Error(w, "the page is damaged", http.StatusInternalServerError)
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(bytes.ReplaceAll(page, []byte(noncePlace), []byte(nonce))))
}

// serveAsset serves a file whose name contains its hash, compressed if the client accepts that.
func serveAsset(w http.ResponseWriter, r *http.Request, files fs.FS, name string) {
	body, err := fs.ReadFile(files, name)
	if err != nil || !strings.HasPrefix(name, "assets/") {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Add("Vary", "Accept-Encoding")
	if zipped, err := fs.ReadFile(files, name+".gz"); err == nil && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = zipped
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}
