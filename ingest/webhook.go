package ingest

import (
	"net/http"
	"strconv"
	"strings"
)

// maxOrigin is the length of the longest host name.
const maxOrigin = 253

// WebHook answers the handshake by which a sender of CloudEvents asks whether its deliveries are expected (HTTP 1.1 Web Hooks for Event
// Delivery, section 4), and passes on every other request. Every sender may deliver, at any rate: a delivery still needs its token, which
// the handshake neither needs nor replaces. Permission is given at once, so the address of a callback is never called.
func WebHook(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodOptions {
			next.ServeHTTP(w, r)
			return
		}
		header := w.Header()
		header.Set("Allow", http.MethodPost)
		header.Set("Cache-Control", "no-store")
		origin := r.Header.Get("WebHook-Request-Origin")
		switch {
		case origin == "": // asks only which methods are allowed
		case !isOrigin(origin), !isRate(r.Header.Get("WebHook-Request-Rate")):
			w.WriteHeader(http.StatusBadRequest)
			return
		default:
			header.Set("WebHook-Allowed-Origin", origin)
			header.Set("WebHook-Allowed-Rate", "*")
		}
		w.WriteHeader(http.StatusOK)
	})
}

// isOrigin reports whether a text can be the DNS name that a sender gives as its own.
func isOrigin(name string) bool {
	return len(name) <= maxOrigin && strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-.:") == ""
}

// isRate reports whether a text can be a number of requests per minute; it may be missing.
func isRate(text string) bool {
	n, err := strconv.ParseUint(text, 10, 64)
	return text == "" || err == nil && n > 0
}
