package httpgql

import "testing"

func TestNegotiate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		accept, media string
		ok            bool
	}{
		{"", jsonMedia, true},
		{"*/*", jsonMedia, true},
		{"application/*", jsonMedia, true},
		{"application/json", jsonMedia, true},
		{"application/graphql-response+json", graphqlMedia, true},
		{"application/graphql-response+json, application/json", jsonMedia, true},
		{"application/graphql-response+json, application/json;q=0.9", graphqlMedia, true},
		{"application/graphql-response+json;q=0.5, application/json;q=0.9", jsonMedia, true},
		{"application/graphql-response+json, */*", graphqlMedia, true},
		{"application/json;q=0, */*", graphqlMedia, true},
		{"application/graphql-response+json; charset=utf-8", graphqlMedia, true},
		{"application/json; charset=latin1", jsonMedia, false},
		{"application/json;q=2", jsonMedia, false},
		{"text/html", jsonMedia, false},
		{"application/json;q=0", jsonMedia, false},
		{";;;,,,", jsonMedia, false},
	} {
		media, ok := negotiate([]string{c.accept})
		if media != c.media || ok != c.ok {
			t.Errorf("%q: %s, %v", c.accept, media, ok)
		}
	}
}
