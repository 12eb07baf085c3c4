package ingest

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// headerAttributes reads the ce- headers of binary mode.
func headerAttributes(header http.Header, it *item) attributes {
	get := func(name string) string {
		values := header.Values("Ce-" + name)
		if len(values) == 0 {
			return ""
		}
		if len(values) > 1 {
			it.refuse(Malformed, "the header ce-"+name+" stands in the request twice")
		}
		value, err := HeaderValue(values[0])
		if err != nil {
			it.refuse(Malformed, "the header ce-"+name+" is not quoted or percent-encoded as it should be")
		}
		return value
	}
	return attributesBy(get)
}

// attributesBy reads the attributes that are outside the data, by their names.
func attributesBy(get func(name string) string) attributes {
	return attributes{specVersion: get("specversion"), kind: get("type"), source: get("source"), id: get("id"), time: get("time"),
		subject: get("subject"), account: get("account"), ownAccount: get("accountexternalid"), ownTool: get("toolexternalid"),
		ownModel: get("modelexternalid"), ownDeployment: get("deploymentexternalid"), user: get("user"), apiKey: get("apikey")}
}

var errQuoted = errors.New("a quoted value does not end where it should")

// HeaderValue removes the quotes around the value of a ce- header and then decodes its percent signs, once (CloudEvents HTTP binding,
// section 3.1.3.2; NATS binding, section 3.1.3.2).
func HeaderValue(text string) (string, error) {
	if !strings.HasPrefix(text, `"`) {
		return url.PathUnescape(text)
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"' && i == len(text)-1:
			return url.PathUnescape(b.String())
		case c == '"', c == '\\' && i+1 == len(text):
			return "", errQuoted
		case c == '\\':
			i++
			b.WriteByte(text[i])
		default:
			b.WriteByte(c)
		}
	}
	return "", errQuoted
}
