package ingest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/usagegraph/usagegraph/tsdb"
)

// column is the meaning of a field of a line, or of a member of an object.
type column string

// The columns, by the names that we give them.
const (
	timeColumn   column = "time"
	runsColumn   column = "runs"
	inputColumn  column = "inputTokens"
	outputColumn column = "outputTokens"
	idColumn     column = "id"

	cacheReadColumn  column = "cacheReadTokens"  // a part of inputTokens
	cacheWriteColumn column = "cacheWriteTokens" // a part of inputTokens
	reasoningColumn  column = "reasoningTokens"  // a part of outputTokens; like those above only if a header or an object names it

	// Who and what a row was for, and the platform's own ids of what it used; only if they are named.
	userColumn    column = "user"
	apiKeyColumn  column = "apiKey"
	tagColumn     column = "tag." // followed by the tag's key
	ownTool       column = "toolExternalId"
	ownModel      column = "modelExternalId"
	ownDeployment column = "deploymentExternalId"
)

// tagKey returns the tag's key if the column holds a tag; ok is false for any other column.
func (c column) tagKey() (key string, ok bool) {
	key, ok = strings.CutPrefix(string(c), string(tagColumn))
	return key, ok && key != ""
}

// isText reports whether a column's values are texts.
func (c column) isText() bool {
	_, isTag := c.tagKey()
	return isTag || c == timeColumn || c == idColumn || c == userColumn || c == apiKeyColumn || c == ownTool || c == ownModel || c == ownDeployment
}

// columnOf returns the column that a name in a header or an object means; "" for an unknown name. Case, blanks, points, hyphens and
// underscores do not matter. docs/ingest.md lists exactly these names.
func columnOf(name string) column {
	if at := len(tagColumn); len(name) > at && (strings.EqualFold(name[:at], string(tagColumn)) || strings.EqualFold(name[:at], "tag:")) {
		return tagColumn + column(name[at:])
	}
	switch strings.NewReplacer("_", "", "-", "", " ", "", ".", "").Replace(strings.ToLower(name)) {
	case "time", "timestamp", "datetime", "eventtime":
		return timeColumn
	case "runs", "toolruns":
		return runsColumn
	case "inputtokens", "prompttokens", "contexttokens", "genaiusageinputtokens":
		return inputColumn
	case "outputtokens", "completiontokens", "generatedtokens", "genaiusageoutputtokens":
		return outputColumn
	case "cachereadtokens", "genaiusagecachereadinputtokens":
		return cacheReadColumn
	case "cachewritetokens", "genaiusagecachecreationinputtokens":
		return cacheWriteColumn
	case "reasoningtokens", "genaiusagereasoningoutputtokens":
		return reasoningColumn
	case "id", "eventid":
		return idColumn
	case "user", "userid", "enduser", "enduserid":
		return userColumn
	case "apikey", "apikeyid", "apikeyname":
		return apiKeyColumn
	case "toolexternalid":
		return ownTool
	case "modelexternalid":
		return ownModel
	case "deploymentexternalid":
		return ownDeployment
	}
	return ""
}

// columnsOf returns the columns of a kind, in the order that lines have without a header. id is last because it may be missing.
func columnsOf(kind tsdb.UsageKind) []column {
	if kind == tsdb.ToolRun {
		return []column{timeColumn, runsColumn, idColumn}
	}
	return []column{timeColumn, inputColumn, outputColumn, idColumn}
}

// isKnownTo reports whether a header or an object of a kind may name a column.
func (c column) isKnownTo(kind tsdb.UsageKind) bool {
	if _, isTag := c.tagKey(); isTag || c == userColumn || c == apiKeyColumn || slices.Contains(columnsOf(kind), c) {
		return true
	}
	if kind == tsdb.ToolRun {
		return c == ownTool
	}
	return slices.Contains([]column{cacheReadColumn, cacheWriteColumn, reasoningColumn, ownModel, ownDeployment}, c)
}

// missing returns the columns that a kind requires and that are not named.
func missing(named []column, kind tsdb.UsageKind) (out []column) {
	for _, c := range columnsOf(kind) {
		if c != idColumn && !slices.Contains(named, c) {
			out = append(out, c)
		}
	}
	return out
}

// HeaderError says why a file is not imported, or not imported beyond a line: its header names columns that do not belong to the kind of
// usage, or that differ from those of the lines before it.
type HeaderError struct {
	Line   int // from 1; 0: that of the first row, or the file has no lines
	Reason string
}

// Error implements error.
func (e *HeaderError) Error() string {
	if e.Line == 0 {
		return e.Reason
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
}

// readHeader reads the columns that a header names, in its order. An error says what is wrong with it and what was understood.
func readHeader(fields []string, kind tsdb.UsageKind) ([]column, error) {
	named := make([]column, len(fields))
	var wrong, understood []string
	for i, name := range fields {
		named[i] = columnOf(name)
		switch c := named[i]; {
		case c == "":
			wrong = append(wrong, fmt.Sprintf("column %d, %q, is not known", i+1, name))
		case !c.isKnownTo(kind):
			wrong = append(wrong, fmt.Sprintf("column %d, %q, is another kind of usage", i+1, name))
		case slices.Contains(named[:i], c):
			wrong = append(wrong, fmt.Sprintf("column %d, %q, is %s once more", i+1, name, c))
		default:
			understood = append(understood, string(c))
		}
	}
	for _, c := range missing(named, kind) {
		wrong = append(wrong, string(c)+" is missing")
	}
	if len(wrong) == 0 {
		return named, nil
	}
	return nil, fmt.Errorf("the header cannot be obeyed: %s; understood was: %s. %s", strings.Join(wrong, "; "), listed(understood), wanted(kind))
}

func listed(names []string) string {
	if len(names) == 0 {
		return "nothing"
	}
	return strings.Join(names, ", ")
}

// wanted says which columns a file of a kind has.
func wanted(kind tsdb.UsageKind) string {
	of := "inference (--model) has time, inputTokens and outputTokens, and cacheReadTokens, cacheWriteTokens, reasoningTokens, modelExternalId, deploymentExternalId, user, apiKey, tag.KEY and id"
	if kind == tsdb.ToolRun {
		of = "tool runs (--tool) has time and runs, and toolExternalId, user, apiKey, tag.KEY and id"
	}
	return "A file of " + of + " if wanted, in any order and no others"
}

// namesColumns reports whether a line is a header: it contains no time, and either names a column or contains nothing that begins like a
// number.
func namesColumns(fields []string) bool {
	numbers, names := false, false
	for _, f := range fields {
		if isTime(f) {
			return false
		}
		numbers = numbers || f != "" && strings.IndexByte("0123456789+-", f[0]) >= 0
		names = names || columnOf(f) != ""
	}
	return names || !numbers
}

func isTime(text string) bool {
	_, err := rowTime(text, AzureFormat)
	return err == nil
}
