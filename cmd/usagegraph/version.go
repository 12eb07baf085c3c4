package main

import (
	"cmp"
	"context"
	"fmt"
	"runtime"

	"github.com/usagegraph/usagegraph/server"
)

// version says what this binary was made from. It reads no settings, so that it works on a machine where none are set.
func (p program) version(context.Context, config, []string) error {
	b := server.ReadBuild()
	revision := cmp.Or(b.Revision, p.getenv("USAGEGRAPH_REVISION"), "unknown revision")
	fmt.Fprintf(p.out, "usagegraph %s (%s), %s, %s/%s\n", cmp.Or(b.Version, unversioned), revision, b.Go, runtime.GOOS, runtime.GOARCH)
	return nil
}
