package ingest

import (
	"net/http"
	"net/url"

	"github.com/usagegraph/usagegraph/tsdb"
)

// modeOf returns the mode that a request names in its query string; RECORD without one.
func modeOf(r *http.Request) (tsdb.UsageMode, error) {
	// Query would leave out what cannot be read, and a mode in there would become RECORD.
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return "", &problem{status: http.StatusBadRequest, code: "BAD_REQUEST", message: "The query string is malformed."}
	}
	said, given := query["mode"]
	if !given {
		return tsdb.Record, nil
	}
	if mode := tsdb.UsageMode(said[0]); len(said) == 1 && (mode == tsdb.Record || mode == tsdb.Enforce) {
		return mode, nil
	}
	return "", &problem{status: http.StatusBadRequest, code: "BAD_REQUEST", message: "mode is RECORD or ENFORCE, and stands in the query string once."}
}
