package ingest

import "net/http"

// RefuseUnchecked answers a request whose caller cannot be checked now, in the endpoint's own form.
func (h *Events) RefuseUnchecked(w http.ResponseWriter, r *http.Request) {
	h.refuse(w, r, errUnchecked())
}

func errUnchecked() error {
	return &problem{status: http.StatusServiceUnavailable, code: "OVERLOADED",
		message: "Credentials cannot be checked right now. Nothing was stored; try again.", retryAfter: "5"}
}
