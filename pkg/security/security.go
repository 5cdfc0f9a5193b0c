// Package security says what the bytes of a model repository would do to the
// one who loads them, and what in it should be looked at first.
//
// It judges what readers saw ([format.Code], chat templates, references to
// code, problems) and executes, imports and resolves nothing. What it returns
// are observations: a rule, how grave it is, where, what would happen and why
// that matters. They are never a proof of safety. "Nothing found" means that
// no rule of this version met something it knows, in what the readers could
// see; what they could not see is a finding of its own (scan-incomplete,
// not-read), so that a limit never ends in a clean verdict.
//
// The severities follow one scale. Critical: loading runs a program of the
// publisher's choice. High: it names the means to do so, or hides something
// from readers. Medium: what it does is not known, or nobody could tell.
// Low: weak signs that a person should look at. Info: a fact that reviews ask
// for, such as code that is there, and no complaint.
//
// The nouns: a [Subject] is everything that was seen of one repository, a
// [File], [Template] and [Reference] one thing in it; a [Rule] is one kind of
// observation, and [Findings] applies all of them.
package security

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/modelcard"
)

// A Subject is what the readers saw of a repository.
type Subject struct {
	// HubID is the repository's own name at the hub, empty when not known.
	HubID      string
	Files      []File
	Templates  []Template
	References []Reference
	Problems   []Problem
}

// A File is what was seen of one file.
type File struct {
	Ref  bom.Ref
	Path string // inside the repository, slashes
	// Format is the weight format that the bytes show, empty for other files.
	Format string
	State  State
	// Reason says why the file was not read, or not to its end.
	Reason string
	// Code is what loading the file would import, call or run.
	Code []format.Code
	// Scanned is set for a file whose tensors are not read, and for an archive,
	// when Code was looked for with [format.Scan]. Gaps are what that left out.
	Scanned bool
	Gaps    []format.Note
	// Marks are what [Search] met in a file that has no reader.
	Marks []Mark
	// SHA256 is in hex, empty when not computed.
	SHA256 string
	// Program is set for program text: Python, shell, notebooks.
	Program bool
	// Twin is the path of a file with the same weights in a format that holds
	// data only, empty when there is none.
	Twin string
	// Secrets are what [Secrets] met in the file's text.
	Secrets []Secret
	// Stated is what [ReadStatements] met in a configuration, nil for other files.
	// Its references and templates are not judged; they belong to the [Subject].
	Stated *Statements
}

// A State is how much of a file was read.
type State int

// The states of files.
const (
	// Plain: no weight file, or none whose format matters here.
	Plain State = iota
	// Read: its reader came to its end.
	Read
	// Broken: its reader stopped before the end.
	Broken
	// NotRead: weights of a format that this version does not read.
	NotRead
	// Absent: the content is not in the repository, only a pointer to it.
	Absent
)

// A Template is a chat template and the component that it belongs to.
type Template struct {
	Ref bom.Ref
	modelcard.ChatTemplate
}

// A Reference makes a loader run code, and what is known of that code.
type Reference struct {
	Ref bom.Ref
	modelcard.CodeReference
	// Found is the path of the file that it names, SHA256 that file's digest in
	// hex; empty when the file is not in the repository or was not digested.
	Found, SHA256 string
}

// A Problem is something that a reader of the repository complained about.
type Problem struct {
	Ref          bom.Ref
	Kind         bom.GapKind
	Path, Reason string
}

// maxPerRule bounds the findings of one rule in a document; the gravest stay,
// and one more says how many are left out.
const maxPerRule = 200

// maxMessage bounds a message in characters: with rule, path and key it has to
// fit into a property of 1,024.
const maxMessage = 600

// Findings judges a repository. The result depends on the subject alone; it is
// sorted by rule, then by severity, path and key.
func Findings(s *Subject) []bom.Finding {
	c := &collector{byRule: map[string][]bom.Finding{}}
	for i := range s.Files {
		f := &s.Files[i]
		c.pickles(f)
		if isPickle(f) || f.Scanned {
			c.oddities(f)
		}
		c.programs(f)
		c.operators(f)
		c.configured(f)
		c.marks(f)
		c.unseen(f)
		c.formats(f)
		c.secrets(f)
		c.statements(f)
	}
	c.references(s)
	for i := range s.Templates {
		c.template(&s.Templates[i])
	}
	for i := range s.Problems {
		c.problem(&s.Problems[i])
	}
	return c.findings()
}

// A collector keeps findings by rule.
type collector struct{ byRule map[string][]bom.Finding }

// add keeps a finding. Path, key and message may hold any text of the
// repository.
func (c *collector) add(rule string, severity bom.Severity, ref bom.Ref, path, key, message string, args ...any) {
	if len(args) > 0 {
		message = fmt.Sprintf(message, args...)
	}
	c.byRule[rule] = append(c.byRule[rule], bom.Finding{Rule: rule, Severity: severity, Ref: ref, Path: bom.CleanPath(path),
		Key: bom.Cut(bom.Clean(key), 120), Message: bom.Cut(bom.Clean(message), maxMessage)})
}

// findings returns what was kept, bounded for each rule.
func (c *collector) findings() []bom.Finding {
	var out []bom.Finding
	for _, r := range Rules() {
		list := c.byRule[r.ID]
		order := func(a, b bom.Finding) int {
			return cmp.Or(cmp.Compare(rank(a.Severity), rank(b.Severity)), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Key, b.Key))
		}
		if len(list) > maxPerRule {
			list = fairly(list)
		}
		slices.SortStableFunc(list[:min(len(list), maxPerRule)], order)
		if more := len(list) - maxPerRule; more > 0 {
			next := list[maxPerRule]
			list = append(list[:maxPerRule:maxPerRule], bom.Finding{Rule: r.ID, Severity: next.Severity, Key: "more",
				Message: fmt.Sprintf("%d more of this kind are not listed; none of them is graver than these", more)})
		}
		out = append(out, list...)
	}
	return out
}

// fairly puts the gravest findings first, and of those the first of each file
// before the second of any, so that one file cannot take the room of others.
func fairly(list []bom.Finding) []bom.Finding {
	type place struct {
		severity bom.Severity
		path     string
	}
	nth := map[place]int{}
	turns := make([]int, len(list))
	order := make([]int, len(list))
	for i, f := range list {
		turns[i], order[i] = nth[place{f.Severity, f.Path}], i
		nth[place{f.Severity, f.Path}]++
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(rank(list[a].Severity), rank(list[b].Severity)), cmp.Compare(turns[a], turns[b]), cmp.Compare(list[a].Path, list[b].Path))
	})
	out := make([]bom.Finding, len(list))
	for i, j := range order {
		out[i] = list[j]
	}
	return out
}

// rank orders severities, the gravest first.
func rank(s bom.Severity) int {
	return slices.Index([]bom.Severity{bom.SeverityCritical, bom.SeverityHigh, bom.SeverityMedium, bom.SeverityLow, bom.SeverityInfo}, s)
}

// listed joins the first texts of a list, and says how many there are more.
func listed(list []string, most int) string {
	if len(list) <= most {
		return strings.Join(list, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(list[:most], ", "), len(list)-most)
}

// short cuts a text to most bytes.
func short(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most] + "…"
}
