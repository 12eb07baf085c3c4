//go:build browser

package main

import (
	"os"
	"os/exec"
	"testing"

	"github.com/usagegraph/usagegraph/auth"
	"github.com/usagegraph/usagegraph/tsdb/access"
)

// The page in the binary, in Chromium: scripts/graphiql test runs this.
func TestGraphiQLInABrowser(t *testing.T) {
	t.Parallel()
	r := start(t, nil)
	platform := r.token(auth.Platform, 0, nil)
	id := r.account(platform, "acme")
	cmd := exec.CommandContext(t.Context(), "node", "../../server/graphiql/e2e/run.mjs")
	cmd.Env = append(os.Environ(), "USAGEGRAPH_URL="+r.url, "ACCOUNT="+id,
		"EXPLORER="+r.token(auth.Support, 0, nil),
		"TRUSTED="+r.token(auth.Analyst, 0, func(n *access.NewToken) { n.AnyDocument = false }), "OTHER="+platform)
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Error(err)
	}
}
