package facts

import (
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/strictyaml"
)

// An Error is one thing that is wrong with a file, with its line.
type Error = strictyaml.Error

// Errors are everything that is wrong with a file, in the order of its lines. The
// list ends after twenty.
type Errors = strictyaml.Errors

// Read reads a file of facts. The error is of the type [Errors] where the file is
// wrong, and the reader's own where it could not be read.
func Read(r io.Reader) (*Facts, error) {
	root, _, err := strictyaml.Load(r, strictyaml.Limits{Size: MaxSize})
	if err != nil {
		return nil, err
	}
	var d decoder
	f := d.facts(root)
	if err := d.Err(); err != nil {
		return nil, err
	}
	return f, nil
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
	d.Mapping(n, what, map[string]strictyaml.Field{
		"version":  d.Word(&version, []string{fmt.Sprint(Version)}),
		"author":   func(_, v *yaml.Node) { f.Author = d.author(v) },
		"producer": func(_, v *yaml.Node) { f.Producer = d.organization(v, "producer", true) },
		"release":  func(_, v *yaml.Node) { f.Release = d.release(v) },
		"model":    func(_, v *yaml.Node) { f.Model = d.model(v) },
		"parts": func(_, v *yaml.Node) {
			d.Entries(v, "parts", func(key, value *yaml.Node) { f.Parts = append(f.Parts, d.part(key, value)) })
		},
		"upstreams": func(_, v *yaml.Node) {
			d.Entries(v, "upstreams", func(key, value *yaml.Node) { f.Upstreams = append(f.Upstreams, d.upstream(key, value)) })
		},
		"datasets": func(_, v *yaml.Node) {
			d.Entries(v, "datasets", func(key, value *yaml.Node) { f.Datasets = append(f.Datasets, d.dataset(key, value)) })
		},
		"files": func(_, v *yaml.Node) { f.Files = d.files(v, "files") },
		"exceptions": func(_, v *yaml.Node) {
			d.List(v, "exceptions", 0, func(item *yaml.Node) { f.Exceptions = append(f.Exceptions, d.exception(item)) })
		},
	})
	d.Need(n, what, "version", "write \"version: 1\"")
	return f
}

func (d *decoder) organization(n *yaml.Node, what string, contact bool) *Organization {
	o := &Organization{Line: n.Line}
	fields := map[string]strictyaml.Field{"name": d.text(&o.Name, maxName), "url": d.link(&o.URL), "country": d.country(&o.Country)}
	if contact {
		fields["contact"] = d.text(&o.Contact, maxText)
	}
	d.Mapping(n, what, fields)
	d.Need(n, what, "name", identifies)
	return o
}

func (d *decoder) release(n *yaml.Node) *Release {
	r := &Release{Line: n.Line}
	d.Mapping(n, "release", map[string]strictyaml.Field{
		"time": d.time(&r.Time), "built": d.time(&r.Built), "version": d.text(&r.Version, maxName),
		"download": d.link(&r.Download), "purl": d.purl(&r.PURL), "with-parts": d.Bool(&r.WithParts),
	})
	return r
}

func (d *decoder) model(n *yaml.Node) *Statements {
	s := &Statements{Line: n.Line}
	fields := d.statements(s, "model")
	fields["description"] = d.text(&s.Description, 2*maxText)
	fields["references"] = func(_, n *yaml.Node) {
		d.List(n, "model: references", maxReferences, func(item *yaml.Node) { s.References = append(s.References, d.reference(item)) })
	}
	d.Mapping(n, "model", fields)
	return s
}

// statements are the fields that a model and a part have.
func (d *decoder) statements(s *Statements, of string) map[string]strictyaml.Field {
	return map[string]strictyaml.Field{
		"own":            func(_, n *yaml.Node) { s.Own = d.own(n, of+": own") },
		"training-data":  func(_, n *yaml.Node) { s.TrainingData = d.linked(n, of+": training-data") },
		"compute":        d.text(&s.Compute, maxText),
		"energy":         d.text(&s.Energy, maxText),
		"intended-use":   d.text(&s.IntendedUse, 2*maxText),
		"replaceability": func(_, n *yaml.Node) { s.Replaceable = d.replaceability(n, of+": replaceability") },
		"reviews": func(_, n *yaml.Node) {
			d.List(n, of+": reviews", 0, func(item *yaml.Node) { s.Reviews = append(s.Reviews, d.review(item, of+": review")) })
		},
	}
}

func (d *decoder) own(n *yaml.Node, what string) *Bound {
	b := &Bound{Line: n.Line}
	d.Mapping(n, what, map[string]strictyaml.Field{"statement": d.text(&b.Statement, maxText), "digest": d.digest(&b.Digest)})
	d.Need(n, what, "statement", "say how it was made")
	d.Need(n, what, "digest", bindsText)
	return b
}

func (d *decoder) linked(n *yaml.Node, what string) *Text {
	t := &Text{Line: n.Line}
	d.Mapping(n, what, map[string]strictyaml.Field{"text": d.text(&t.Text, maxText), "link": d.link(&t.Link)})
	if n.Kind == yaml.MappingNode && t.Text == "" && t.Link == "" {
		d.Need(n, what, "text", "say it, or where it is said")
	}
	return t
}

func (d *decoder) review(n *yaml.Node, what string) Review {
	v := Review{Line: n.Line}
	d.Mapping(n, what, map[string]strictyaml.Field{
		"by": d.text(&v.By, maxName), "date": d.date(&v.Date), "scope": d.text(&v.Scope, maxText/2), "result": d.Word(&v.Result, Results()),
		"digest": d.digest(&v.Digest), "link": d.link(&v.Link),
	})
	d.Need(n, what, "by", answersForIt)
	d.Need(n, what, "date", "write YYYY-MM-DD")
	d.Need(n, what, "result", strings.Join(Results(), ", "))
	d.Need(n, what, "digest", bindsText)
	return v
}

func (d *decoder) replaceability(n *yaml.Node, what string) *Replaceability {
	r := &Replaceability{Line: n.Line}
	total := 0
	d.Mapping(n, what, map[string]strictyaml.Field{
		"interface": d.text(&r.Interface, maxText/2), "text": d.text(&r.Text, maxText), "digest": d.digest(&r.Digest),
		"alternatives": func(key, n *yaml.Node) {
			d.List(n, what+": alternatives", 0, func(item *yaml.Node) {
				var name string
				d.text(&name, maxName)(&yaml.Node{Value: "an alternative"}, item)
				r.Alternatives = append(r.Alternatives, name)
				total += len([]rune(bom.JoinFields(name))) + len(", ")
			})
			if total > maxLink {
				d.Fail(n, "the alternatives have %d characters together; a document has room for %d", total, maxLink)
			}
		},
	})
	d.Need(n, what, "digest", bindsText)
	return r
}

func (d *decoder) part(key, n *yaml.Node) Part {
	p := Part{Key: d.exact(key, "the name of a part", key.Value, maxKey), Statements: Statements{Line: key.Line}}
	if strictyaml.IsNull(n) {
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
	d.Mapping(n, what, fields)
	return p
}

func (d *decoder) upstream(key, n *yaml.Node) Upstream {
	u := Upstream{Key: d.exact(key, "the name of an upstream", key.Value, maxKey), Line: key.Line}
	if strictyaml.IsNull(n) {
		return u
	}
	what := entry(u.Key)
	fields := map[string]strictyaml.Field{
		"supplier": func(_, n *yaml.Node) { u.Supplier = d.organization(n, what+": supplier", false) },
		"version":  d.text(&u.Version, maxName), "download": d.link(&u.Download), "purl": d.purl(&u.PURL), "release-time": d.time(&u.Time),
	}
	d.licences(&u.Licences, fields)
	d.Mapping(n, what, fields)
	return u
}

func (d *decoder) exception(n *yaml.Node) Exception {
	x := Exception{Line: n.Line}
	what := "an exception"
	d.Mapping(n, what, map[string]strictyaml.Field{
		"rule": d.text(&x.Rule, maxName), "part": d.named(&x.Part), "expires": d.date(&x.Expires),
		"reason": d.text(&x.Reason, maxText), "approved-by": d.text(&x.ApprovedBy, maxName),
	})
	d.Need(n, what, "rule", `"modelbom check" names the rules`)
	d.Need(n, what, "expires", "nothing is excepted for ever; write YYYY-MM-DD")
	d.Need(n, what, "reason", "it is read by whoever decides")
	d.Need(n, what, "approved-by", answersForIt)
	return x
}

// entry names an entry in errors.
func entry(key string) string { return bom.Cut(key, maxName) }

// named takes the name of a part as it is written.
func (d *decoder) named(to *string) strictyaml.Field {
	return func(key, n *yaml.Node) {
		if s, ok := d.Scalar(key, n); ok {
			*to = d.exact(n, key.Value, s, maxLink)
		}
	}
}
