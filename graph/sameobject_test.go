package graph

import (
	"encoding/json"
	"fmt"
	"sort"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"

	"github.com/usagegraph/usagegraph/graph/model"
)

// frameRuns returns the ids of what a first frame of changes says is deployed.
func frameRuns(frame model.DeploymentFrame) map[string]bool {
	runs := map[string]bool{}
	for _, d := range frame.(*model.DeploymentSnapshot).Deployed {
		text, _ := json.Marshal(d)
		var of struct{ ID, Status string }
		_ = json.Unmarshal(text, &of)
		if of.Status == "DEPLOYED" {
			runs[of.ID] = true
		}
	}
	return runs
}

// sighting is an object somewhere in an answer: its own scalars, and where it stands.
type sighting struct {
	path   string
	fields map[string]string
}

// sightings collects the objects with ids of an answer, by type and id. Fields of unions are written as Type_field.
func sightings(schema *ast.Schema, path string, v any, into map[string][]sighting) {
	switch v := v.(type) {
	case []any:
		for i := range v {
			sightings(schema, fmt.Sprintf("%s[%d]", path, i), v[i], into)
		}
	case map[string]any:
		typ, _ := v["__typename"].(string)
		s := sighting{path, map[string]string{}}
		for name, of := range v {
			sightings(schema, path+"."+name, of, into)
			name = strings.TrimPrefix(name, typ+"_")
			d := schema.Types[typ]
			if d == nil || d.Fields.ForName(name) == nil || !schema.Types[d.Fields.ForName(name).Type.Name()].IsLeafType() {
				continue
			}
			text, _ := json.Marshal(of)
			s.fields[name] = string(text)
		}
		if id := s.fields["id"]; id != "" && id != "null" {
			into[typ+" "+id] = append(into[typ+" "+id], s)
		}
	}
}

// objects checks that each object says the same wherever an answer shows it, and by its id.
func (l *life) objects() (wrong []string) {
	l.t.Helper()
	w := whole{schema: l.schema}
	data, failed := l.platform.run("query($id: ID!) { account(id: $id) "+w.selection("Account")+" }", map[string]any{"id": l.account})
	if failed != "" {
		l.t.Fatal(failed)
	}
	found := map[string][]sighting{}
	sightings(l.schema, "", data, found)
	var ids []any
	for name := range found {
		typ, id, _ := strings.Cut(name, " ")
		if l.schema.Types["Node"] != nil && implements(l.schema, typ, "Node") {
			ids = append(ids, strings.Trim(id, `"`))
		}
	}
	sort.Slice(ids, func(i, j int) bool { return ids[i].(string) < ids[j].(string) })
	for len(ids) > 0 {
		n := min(len(ids), 50)
		data, failed := l.platform.run("query($ids: [ID!]!) { nodes(ids: $ids) "+leavesOf(l.schema, "Node")+" }", map[string]any{"ids": ids[:n]})
		if failed != "" {
			l.t.Fatal(failed)
		}
		for i, of := range data["nodes"].([]any) {
			if of == nil {
				wrong = append(wrong, fmt.Sprintf("%v is shown, and nodes has it not", ids[i]))
			}
		}
		sightings(l.schema, "nodes", data["nodes"], found)
		ids = ids[n:]
	}
	var names []string
	for name := range found {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		first := found[name][0]
		for _, other := range found[name][1:] {
			for field, value := range first.fields {
				if is, there := other.fields[field]; there && is != value {
					wrong = append(wrong, fmt.Sprintf("%s of %s: %s at %s, %s at %s", field, name, value, first.path, is, other.path))
				}
			}
		}
	}
	return wrong
}

// leavesOf selects the scalars of all types of an abstract type.
func leavesOf(schema *ast.Schema, abstract string) string {
	text := "{ __typename"
	for _, d := range schema.GetPossibleTypes(schema.Types[abstract]) {
		text += " ... on " + d.Name + " {"
		for _, f := range d.Fields {
			if answersAlone(f) && schema.Types[f.Type.Name()].IsLeafType() {
				text += " " + d.Name + "_" + f.Name + ": " + f.Name
			}
		}
		text += " }"
	}
	return text + " }"
}

func implements(schema *ast.Schema, typ, of string) bool {
	for _, d := range schema.GetPossibleTypes(schema.Types[of]) {
		if d.Name == typ {
			return true
		}
	}
	return false
}
