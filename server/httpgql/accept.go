package httpgql

import (
	"mime"
	"strconv"
	"strings"
)

const (
	jsonMedia    = "application/json"
	graphqlMedia = "application/graphql-response+json"
)

// negotiate chooses the media type of the answer from the Accept headers, including q-values. Without Accept, and between equals, it
// chooses application/json, except if the other type is named and application/json is not. If neither is acceptable, ok is false and media
// is JSON nevertheless.
func negotiate(accept []string) (media string, ok bool) {
	header := strings.TrimSpace(strings.Join(accept, ","))
	if header == "" {
		return jsonMedia, true
	}
	ranges := parseAccept(header)
	plain, plainExact := quality(ranges, jsonMedia)
	typed, typedExact := quality(ranges, graphqlMedia)
	switch {
	case plain == 0 && typed == 0:
		return jsonMedia, false
	case typed > plain, typed == plain && typedExact && !plainExact:
		return graphqlMedia, true
	}
	return jsonMedia, true
}

type mediaRange struct {
	media string
	q     float64
}

// maxRanges bounds the work that a hostile Accept header causes.
const maxRanges = 32

func parseAccept(header string) []mediaRange {
	var out []mediaRange
	for part := range strings.SplitSeq(header, ",") {
		if len(out) == maxRanges {
			break
		}
		media, params, err := mime.ParseMediaType(part)
		if err != nil || !utf8Charset(params) {
			continue
		}
		q := 1.0
		if s, given := params["q"]; given {
			if q, err = strconv.ParseFloat(s, 64); err != nil || q < 0 || q > 1 {
				continue
			}
		}
		out = append(out, mediaRange{media, q})
	}
	return out
}

func utf8Charset(params map[string]string) bool {
	charset, given := params["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// quality returns the q-value of a media type by its most specific range, and whether that range names it exactly.
func quality(ranges []mediaRange, media string) (q float64, exact bool) {
	best := 0
	for _, r := range ranges {
		specificity := 0
		switch r.media {
		case media:
			specificity = 3
		case "application/*":
			specificity = 2
		case "*/*":
			specificity = 1
		}
		if specificity > best {
			best, q = specificity, r.q
		}
	}
	return q, best == 3
}
