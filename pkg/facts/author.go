package facts

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/strictyaml"
)

// An Author answers for the bill of materials, and need not have made the model.
type Author struct {
	Name       string
	Email, URL string
	Person     bool // and no organisation
	Line       int
}

func (d *decoder) author(n *yaml.Node) *Author {
	a := &Author{Line: n.Line}
	what := "author"
	d.Mapping(n, what, map[string]strictyaml.Field{
		"name": d.text(&a.Name, maxName), "email": d.email(&a.Email), "url": d.link(&a.URL), "person": d.Bool(&a.Person),
	})
	d.Need(n, what, "name", answersForIt)
	return a
}

// email takes an address in its plainest form, which all documents can hold.
func (d *decoder) email(to *string) strictyaml.Field {
	return func(key, n *yaml.Node) {
		s, ok := d.Scalar(key, n)
		switch {
		case !ok:
		case !isEmail(s):
			d.Fail(n, "%s %s is no e-mail address, such as bom@lab.example", key.Value, d.Quote(s))
		default:
			*to = d.short(n, key.Value, s, maxName)
		}
	}
}

// author puts the author into the document. One that it has already is completed;
// others stay beside.
func (a *applier) author(x *Author) {
	if x == nil {
		return
	}
	kind := ""
	if x.Person {
		kind = "person"
	}
	a.doc.Properties = append(a.doc.Properties, bom.Property{Name: PropAuthor, Value: bom.JoinFields(x.Name, x.Email, x.URL, kind)})
	i := slices.IndexFunc(a.doc.Authors, func(o bom.Organization) bool {
		return strings.EqualFold(strings.TrimSpace(o.Name), x.Name) && o.Person == x.Person
	})
	if i < 0 {
		i = len(a.doc.Authors)
		a.doc.Authors = append(a.doc.Authors, bom.Organization{Name: x.Name, Person: x.Person})
	}
	had := &a.doc.Authors[i]
	had.Email, had.URL = cmp.Or(had.Email, x.Email), cmp.Or(had.URL, x.URL)
}

func (t *template) author() {
	t.say(0, "Who answers for the bill of materials: the author of the document, who need not have made the model.")
	t.key(0, "author", "")
	t.ask(1, "name", `"Example Laboratory, Release Office"`, "")
	t.ask(1, "email", `"bom@lab.example"`, "an e-mail address or a page, where it can be reached")
	t.ask(1, "url", "https://lab.example/bom", "")
	t.ask(1, "person", "false", "true: the name is that of a person")
	t.blank()
}
