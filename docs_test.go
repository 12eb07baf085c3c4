package usagegraph_test

import (
	"bytes"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// citation is how code and documents point at a section of docs/rules.md: `rules.md §3`, `rules §§2, 3 and 5`.
var citation = regexp.MustCompile(`rules(?:\.md)?,? §§?(\d+(?:(?:, | and |–)\d+)*)`)

// rulesBreak is a citation that goes on in the next line of a comment.
var rulesBreak = regexp.MustCompile(`(rules(?:\.md)?,?)\s*\n\s*(?://|--|#)?\s*§`)

func TestEveryCitedSectionOfTheRulesExists(t *testing.T) {
	t.Parallel()
	sections := rulesSections(t)
	if len(sections) != 11 {
		t.Fatalf("docs/rules.md has %d sections, want 11", len(sections))
	}
	found := 0
	for _, file := range textFiles(t) {
		text := rulesBreak.ReplaceAllString(read(t, file), "$1 §")
		for _, cited := range citation.FindAllStringSubmatch(text, -1) {
			for _, number := range regexp.MustCompile(`\d+`).FindAllString(cited[1], -1) {
				found++
				if !slices.Contains(sections, number) {
					t.Errorf("%s cites section %s of the rules, which docs/rules.md does not have", file, number)
				}
			}
		}
	}
	if found < 100 {
		t.Errorf("only %d citations found: this test looks in the wrong place", found)
	}
}

// rulesSections returns the numbers of the headings of docs/rules.md, in order.
func rulesSections(t *testing.T) []string {
	t.Helper()
	var numbers []string
	for _, heading := range regexp.MustCompile(`(?m)^## (\d+)\. `).FindAllStringSubmatch(read(t, "docs/rules.md"), -1) {
		numbers = append(numbers, heading[1])
	}
	return numbers
}

// A link or image of a document, `[text](target)`; what follows # in the target is the heading.
var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestEveryLinkOfTheDocumentsLeadsSomewhere(t *testing.T) {
	t.Parallel()
	for _, file := range textFiles(t) {
		if path.Ext(file) != ".md" {
			continue
		}
		for _, found := range link.FindAllStringSubmatch(read(t, file), -1) {
			target, heading, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			to := file
			if target != "" {
				to = path.Join(path.Dir(file), target)
			}
			if _, err := os.Stat(filepath.FromSlash(to)); err != nil || strings.HasPrefix(to, "..") {
				t.Errorf("%s links to %s, which is not in the repository", file, found[1])
			} else if heading != "" && !slices.Contains(anchors(read(t, to)), heading) {
				t.Errorf("%s links to %s, a heading that is not there", file, found[1])
			}
		}
	}
}

// anchors returns the names that links into a document can end with: those of its headings, made as GitHub makes them, and its own.
func anchors(text string) []string {
	var names []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N}_ -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		names = append(names, strings.ReplaceAll(name, " ", "-"))
	}
	for _, own := range regexp.MustCompile(`<a id="([^"]+)">`).FindAllStringSubmatch(text, -1) {
		names = append(names, own[1])
	}
	return names
}

// Each way to bring usage in takes a newcomer at most ten lines.
func TestEachWayInTakesTenLines(t *testing.T) {
	t.Parallel()
	blocks := regexp.MustCompile("(?s)```[a-z]+\n(.*?)```").FindAllStringSubmatch(read(t, "docs/bring-your-usage-in.md"), -1)
	if len(blocks) < 7 {
		t.Fatalf("only %d blocks found: this test looks in the wrong place", len(blocks))
	}
	for _, block := range blocks {
		if lines := strings.Count(block[1], "\n"); lines > 10 {
			t.Errorf("%d lines:\n%s", lines, block[1])
		}
	}
}

func TestEveryDecisionIsInTheIndex(t *testing.T) {
	t.Parallel()
	index := read(t, "docs/decisions/README.md")
	files, err := filepath.Glob("docs/decisions/*.md")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d decisions found: %v", len(files), err)
	}
	for _, file := range files {
		if name := filepath.Base(file); name != "README.md" && !strings.Contains(index, "]("+name+")") {
			t.Errorf("docs/decisions/README.md does not link to %s", name)
		}
	}
}

// textFiles lists the files of the repository that people write, from the root, with slashes.
func textFiles(t *testing.T) []string {
	t.Helper()
	left := []string{".git", ".local", "node_modules", "dist", "bin", ".vite-out", "testdata", "images"}
	var files []string
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains(left, entry.Name()):
			return filepath.SkipDir
		case entry.Type().IsRegular() && file != "docs_test.go":
			files = append(files, filepath.ToSlash(file))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// read returns the text of a file, or nothing where it is not text.
func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.IndexByte(text, 0) >= 0 {
		return ""
	}
	return string(text)
}
