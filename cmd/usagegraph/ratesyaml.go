package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// yamlToJSON converts YAML, of which JSON is a subset, to JSON. Numbers keep their digits, so money never becomes a float.
func yamlToJSON(text []byte) ([]byte, error) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, fmt.Errorf("no YAML or JSON: %w", err)
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, errors.New("a file holds one rate card")
	}
	tree, err := yamlValue(file.Docs[0].Body, 0)
	if err != nil {
		return nil, err
	}
	return json.Marshal(tree)
}

// jsonNumber matches a number in JSON's spelling.
var jsonNumber = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// maxYAMLDepth is deeper than any rate card.
const maxYAMLDepth = 20

func yamlValue(node ast.Node, depth int) (any, error) {
	if depth > maxYAMLDepth {
		return nil, errors.New("the file is nested too deeply")
	}
	line := node.GetToken().Position.Line
	switch n := node.(type) {
	case *ast.MappingNode:
		return yamlMap(n.Values, depth)
	case *ast.MappingValueNode:
		return yamlMap([]*ast.MappingValueNode{n}, depth)
	case *ast.SequenceNode:
		list := make([]any, len(n.Values))
		for i, v := range n.Values {
			value, err := yamlValue(v, depth+1)
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		return list, nil
	case *ast.IntegerNode, *ast.FloatNode:
		text := node.GetToken().Value
		if !jsonNumber.MatchString(text) {
			return nil, fmt.Errorf("line %d: %s is not a plain decimal number", line, text)
		}
		return json.Number(text), nil
	case *ast.StringNode:
		return n.Value, nil
	case *ast.LiteralNode:
		return n.Value.Value, nil
	case *ast.BoolNode:
		return n.Value, nil
	case *ast.NullNode:
		return nil, nil
	}
	return nil, fmt.Errorf("line %d: anchors, tags and the like are not taken", line)
}

func yamlMap(values []*ast.MappingValueNode, depth int) (any, error) {
	tree := make(map[string]any, len(values))
	for _, v := range values {
		key := v.Key.GetToken().Value
		if _, twice := tree[key]; twice {
			return nil, fmt.Errorf("line %d: %s stands there twice", v.Key.GetToken().Position.Line, key)
		}
		value, err := yamlValue(v.Value, depth+1)
		if err != nil {
			return nil, err
		}
		tree[key] = value
	}
	return tree, nil
}
