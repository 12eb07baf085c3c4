// Command lists inserts, into what gqlgen has generated for long lists, a call of the functions that write such a list at once
// (graph/generated/lists.go). `go generate ./graph` runs it after gqlgen.
package main

import (
	"bytes"
	"fmt"
	"os"
	"regexp"
)

const file = "generated/generated.go"

// lists are the types of lists whose generated functions are changed, and the call that is put first.
var lists = []struct{ list, call string }{
	{`\[\]model\.TrendPoint`, "ec.pointsAtOnce(ctx, sel, v)"},
	{`\[\]decimal\.Decimal`, "scalarsAtOnce(ctx, v, scalar.AppendDecimal)"},
	{`\[\]int64`, "scalarsAtOnce(ctx, v, scalar.AppendLong)"},
	{`\[\]time\.Time`, "scalarsAtOnce(ctx, v, scalar.AppendDateTime)"},
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "lists:", err)
		os.Exit(1)
	}
}

func run() error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for _, l := range lists {
		head := regexp.MustCompile(`(?m)^func \(ec \*executionContext\) marshalN\S+\(ctx context\.Context, sel ast\.SelectionSet, v ` + l.list + `\) graphql\.Marshaler \{\n`)
		found := head.FindAllIndex(text, -1)
		if len(found) != 1 {
			return fmt.Errorf("%d functions write %s, not 1", len(found), l.list)
		}
		at := found[0][1]
		first := "\tif all := " + l.call + "; all != nil {\n\t\treturn all\n\t}\n"
		text = bytes.Join([][]byte{text[:at], text[at:]}, []byte(first))
	}
	return os.WriteFile(file, text, 0o644)
}
