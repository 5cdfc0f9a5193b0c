package facts

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"github.com/modelbom/modelbom/pkg/bom"
)

const (
	// maxDepth bounds nesting. The form itself needs six levels.
	maxDepth = 32
	// maxMarks bounds the characters that can begin a value: every one can
	// cost the parser 1.4 kB.
	maxMarks = 1 << 16
	// maxErrors is how many errors are listed.
	maxErrors = 20
)

// An Error is one thing that is wrong with a file.
type Error struct {
	Line int // 0 where no line is known
	Text string
}

func (e Error) Error() string {
	if e.Line == 0 {
		return e.Text
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Text)
}

// Errors are everything that is wrong with a file, in the order of its lines. The
// list ends after twenty.
type Errors []Error

// Error lists the errors, a line each.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, one := range e {
		lines[i] = one.Error()
	}
	return strings.Join(lines, "\n")
}

// Read reads a file of facts. The error is of the type [Errors] where the file is
// wrong, and the reader's own where it could not be read.
func Read(r io.Reader) (*Facts, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, err
	}
	root, err := parse(data)
	if err != nil {
		return nil, err
	}
	var d decoder
	f := d.facts(root)
	if len(d.errs) == 0 {
		return f, nil
	}
	slices.SortStableFunc(d.errs, func(a, b Error) int { return cmp.Compare(a.Line, b.Line) })
	if len(d.errs) > maxErrors {
		d.errs = append(d.errs[:maxErrors], Error{0, "and more"})
	}
	return nil, d.errs
}

// parse reads one YAML document.
func parse(data []byte) (*yaml.Node, error) {
	if len(data) > MaxSize {
		return nil, Errors{{0, fmt.Sprintf("the file is larger than %d bytes", MaxSize)}}
	}
	marks := 0
	for _, mark := range []byte("\n,:?[{-") {
		marks += bytes.Count(data, []byte{mark})
	}
	if marks > maxMarks {
		return nil, Errors{{0, fmt.Sprintf("the file has more than %d lines and values", maxMarks)}}
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth))))
	if err != nil {
		return nil, Errors{yamlError(err)}
	}
	var root, next yaml.Node
	if err := loader.Load(&root); err != nil && !errors.Is(err, io.EOF) {
		return nil, Errors{yamlError(err)}
	}
	if len(root.Content) != 1 || isNull(root.Content[0]) {
		return nil, Errors{{0, "the file states nothing"}}
	}
	switch err := loader.Load(&next); {
	case err == nil:
		return nil, Errors{{next.Line, "a second document begins; the file has to be one"}}
	case !errors.Is(err, io.EOF):
		return nil, Errors{yamlError(err)}
	}
	return root.Content[0], nil
}

// yamlError is an error of the YAML reader in our words.
func yamlError(err error) Error {
	var l *yaml.LoadError
	if errors.As(err, &l) {
		return Error{l.Mark.Line, "this is no YAML: " + l.Message}
	}
	return Error{0, strings.TrimPrefix(err.Error(), "yaml: ")}
}

const (
	bindsText    = `it holds for certain bytes; "modelbom init" writes their digest`
	identifies   = "it says whom the statement is about"
	answersForIt = "somebody has to answer for it"
)

func (d *decoder) facts(n *yaml.Node) *Facts {
	f := &Facts{}
	var version string
	what := "the file"
	d.mapping(n, what, map[string]field{
		"version":  d.word(&version, []string{fmt.Sprint(Version)}),
		"author":   func(_, v *yaml.Node) { f.Author = d.author(v) },
		"producer": func(_, v *yaml.Node) { f.Producer = d.organization(v, "producer", true) },
		"release":  func(_, v *yaml.Node) { f.Release = d.release(v) },
		"model":    func(_, v *yaml.Node) { f.Model = d.model(v) },
		"parts": func(_, v *yaml.Node) {
			d.entries(v, "parts", func(key, value *yaml.Node) { f.Parts = append(f.Parts, d.part(key, value)) })
		},
		"upstreams": func(_, v *yaml.Node) {
			d.entries(v, "upstreams", func(key, value *yaml.Node) { f.Upstreams = append(f.Upstreams, d.upstream(key, value)) })
		},
		"datasets": func(_, v *yaml.Node) {
			d.entries(v, "datasets", func(key, value *yaml.Node) { f.Datasets = append(f.Datasets, d.dataset(key, value)) })
		},
		"files": func(_, v *yaml.Node) { f.Files = d.files(v, "files") },
		"exceptions": func(_, v *yaml.Node) {
			d.list(v, "exceptions", func(item *yaml.Node) { f.Exceptions = append(f.Exceptions, d.exception(item)) })
		},
	})
	d.need(n, what, "version", "write \"version: 1\"")
	return f
}

func (d *decoder) organization(n *yaml.Node, what string, contact bool) *Organization {
	o := &Organization{Line: n.Line}
	fields := map[string]field{"name": d.text(&o.Name, maxName), "url": d.link(&o.URL), "country": d.country(&o.Country)}
	if contact {
		fields["contact"] = d.text(&o.Contact, maxText)
	}
	d.mapping(n, what, fields)
	d.need(n, what, "name", identifies)
	return o
}

func (d *decoder) release(n *yaml.Node) *Release {
	r := &Release{Line: n.Line}
	d.mapping(n, "release", map[string]field{
		"time": d.time(&r.Time), "built": d.time(&r.Built), "version": d.text(&r.Version, maxName),
		"download": d.link(&r.Download), "purl": d.purl(&r.PURL), "with-parts": d.bool(&r.WithParts),
	})
	return r
}

func (d *decoder) model(n *yaml.Node) *Statements {
	s := &Statements{Line: n.Line}
	fields := d.statements(s, "model")
	fields["description"] = d.text(&s.Description, 2*maxText)
	fields["references"] = func(_, n *yaml.Node) {
		d.list(n, "model: references", func(item *yaml.Node) {
			if len(s.References) < maxReferences {
				s.References = append(s.References, d.reference(item))
			}
		})
		if len(n.Content) > maxReferences {
			d.fail(n, "model: references has more than %d items", maxReferences)
		}
	}
	d.mapping(n, "model", fields)
	return s
}

// statements are the fields that a model and a part have.
func (d *decoder) statements(s *Statements, of string) map[string]field {
	return map[string]field{
		"own":            func(_, n *yaml.Node) { s.Own = d.own(n, of+": own") },
		"training-data":  func(_, n *yaml.Node) { s.TrainingData = d.linked(n, of+": training-data") },
		"compute":        d.text(&s.Compute, maxText),
		"energy":         d.text(&s.Energy, maxText),
		"intended-use":   d.text(&s.IntendedUse, 2*maxText),
		"replaceability": func(_, n *yaml.Node) { s.Replaceable = d.replaceability(n, of+": replaceability") },
		"reviews": func(_, n *yaml.Node) {
			d.list(n, of+": reviews", func(item *yaml.Node) { s.Reviews = append(s.Reviews, d.review(item, of+": review")) })
		},
	}
}

func (d *decoder) own(n *yaml.Node, what string) *Bound {
	b := &Bound{Line: n.Line}
	d.mapping(n, what, map[string]field{"statement": d.text(&b.Statement, maxText), "digest": d.digest(&b.Digest)})
	d.need(n, what, "statement", "say how it was made")
	d.need(n, what, "digest", bindsText)
	return b
}

func (d *decoder) linked(n *yaml.Node, what string) *Text {
	t := &Text{Line: n.Line}
	d.mapping(n, what, map[string]field{"text": d.text(&t.Text, maxText), "link": d.link(&t.Link)})
	if n.Kind == yaml.MappingNode && t.Text == "" && t.Link == "" {
		d.need(n, what, "text", "say it, or where it is said")
	}
	return t
}

func (d *decoder) review(n *yaml.Node, what string) Review {
	v := Review{Line: n.Line}
	d.mapping(n, what, map[string]field{
		"by": d.text(&v.By, maxName), "date": d.date(&v.Date), "scope": d.text(&v.Scope, maxText/2), "result": d.word(&v.Result, Results()),
		"digest": d.digest(&v.Digest), "link": d.link(&v.Link),
	})
	d.need(n, what, "by", answersForIt)
	d.need(n, what, "date", "write YYYY-MM-DD")
	d.need(n, what, "result", strings.Join(Results(), ", "))
	d.need(n, what, "digest", bindsText)
	return v
}

func (d *decoder) replaceability(n *yaml.Node, what string) *Replaceability {
	r := &Replaceability{Line: n.Line}
	total := 0
	d.mapping(n, what, map[string]field{
		"interface": d.text(&r.Interface, maxText/2), "text": d.text(&r.Text, maxText), "digest": d.digest(&r.Digest),
		"alternatives": func(key, n *yaml.Node) {
			d.list(n, what+": alternatives", func(item *yaml.Node) {
				var name string
				d.text(&name, maxName)(&yaml.Node{Value: "an alternative"}, item)
				r.Alternatives = append(r.Alternatives, name)
				total += len([]rune(joined(name))) + len(", ")
			})
			if total > maxLink {
				d.fail(n, "the alternatives have %d characters together; a document has room for %d", total, maxLink)
			}
		},
	})
	d.need(n, what, "digest", bindsText)
	return r
}

func (d *decoder) part(key, n *yaml.Node) Part {
	p := Part{Key: d.exact(key, "the name of a part", key.Value, maxKey), Statements: Statements{Line: key.Line}}
	if isNull(n) {
		return p
	}
	what := entry(p.Key)
	fields := d.statements(&p.Statements, what)
	fields["supplier"] = func(_, n *yaml.Node) { p.Supplier = d.organization(n, what+": supplier", false) }
	fields["version"] = d.text(&p.Version, maxName)
	fields["download"] = d.link(&p.Download)
	fields["release-time"] = d.time(&p.Time)
	fields["built-time"] = d.time(&p.Built)
	d.fileKinds(&p.Files, fields)
	d.mapping(n, what, fields)
	return p
}

func (d *decoder) upstream(key, n *yaml.Node) Upstream {
	u := Upstream{Key: d.exact(key, "the name of an upstream", key.Value, maxKey), Line: key.Line}
	if isNull(n) {
		return u
	}
	what := entry(u.Key)
	fields := map[string]field{
		"supplier": func(_, n *yaml.Node) { u.Supplier = d.organization(n, what+": supplier", false) },
		"version":  d.text(&u.Version, maxName), "download": d.link(&u.Download), "purl": d.purl(&u.PURL), "release-time": d.time(&u.Time),
	}
	d.licences(&u.Licences, fields)
	d.mapping(n, what, fields)
	return u
}

func (d *decoder) exception(n *yaml.Node) Exception {
	x := Exception{Line: n.Line}
	what := "an exception"
	d.mapping(n, what, map[string]field{
		"rule": d.text(&x.Rule, maxName), "part": d.named(&x.Part), "expires": d.date(&x.Expires),
		"reason": d.text(&x.Reason, maxText), "approved-by": d.text(&x.ApprovedBy, maxName),
	})
	d.need(n, what, "rule", `"modelbom check" names the rules`)
	d.need(n, what, "expires", "nothing is excepted for ever; write YYYY-MM-DD")
	d.need(n, what, "reason", "it is read by whoever decides")
	d.need(n, what, "approved-by", answersForIt)
	return x
}

// entry names an entry in errors.
func entry(key string) string { return bom.Cut(key, maxName) }

// named takes the name of a part as it is written.
func (d *decoder) named(to *string) field {
	return func(key, n *yaml.Node) {
		if s, ok := d.scalar(key, n); ok {
			*to = d.exact(n, key.Value, s, maxLink)
		}
	}
}
