package facts

import (
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/strictyaml"
)

// Licences are what is stated of the licence of something outside of the
// repository: that its publisher declares, and that the author concludes.
type Licences struct {
	Declared, Concluded string // SPDX expressions
}

// isExpression reports what has the form of an SPDX licence expression (SPDX 2.3,
// annex D): whether its names are known is for the encoders. NOASSERTION and NONE
// are none: they say that there is no licence.
func isExpression(s string) bool {
	depth, name := 0, false // name: a licence stands in front
	for _, word := range strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ").Replace(s)) {
		switch operator := strings.ToUpper(word); {
		case word == "(" && !name:
			depth++
		case word == ")" && name && depth > 0:
			depth--
		case operator == "AND" || operator == "OR" || operator == "WITH":
			if !name {
				return false
			}
			name = false
		case !name && isLicenceName(word) && operator != "NOASSERTION" && operator != "NONE":
			name = true
		default:
			return false
		}
	}
	return name && depth == 0
}

var isLicenceName = regexp.MustCompile(`^[A-Za-z0-9.+:-]+$`).MatchString

func (d *decoder) licences(l *Licences, fields map[string]strictyaml.Field) {
	fields["licence"], fields["concluded-licence"] = d.expression(&l.Declared), d.expression(&l.Concluded)
}

func (d *decoder) expression(to *string) strictyaml.Field {
	return func(key, n *yaml.Node) {
		s, ok := d.Scalar(key, n)
		switch {
		case !ok:
		case !isExpression(s):
			d.Fail(n, "%s %s is no SPDX licence expression, such as Apache-2.0", key.Value, d.Quote(s))
		default:
			*to = d.short(n, key.Value, s, maxName)
		}
	}
}

// licences states licences where the document has none of that kind; where it has
// another one, that stays.
func (a *applier) licences(c *bom.Component, line int, key string, l Licences) {
	if l == (Licences{}) {
		return
	}
	add(c, PropLicence, bom.JoinFields(l.Declared, l.Concluded))
	for _, x := range []struct {
		stated string
		who    bom.Acknowledgement
		key    string
	}{{l.Declared, bom.Declared, ".licence"}, {l.Concluded, bom.Concluded, ".concluded-licence"}} {
		had := licencesBy(c, x.who)
		switch {
		case x.stated == "" || had == x.stated:
		case had == "":
			c.Licenses = append(c.Licenses, bom.License{Expression: x.stated, Acknowledgement: x.who})
		default:
			a.finding(RuleDisagreement, line, c.Ref, key+x.key, fmt.Sprintf("Of %s, the %s licence is stated to be %s; the document had %s, which stays.",
				label(c, a.doc.Subject), x.who, x.stated, bom.Cut(bom.Clean(had), maxName)))
		}
	}
}

// licencesBy lists the licences that somebody stands behind.
func licencesBy(c *bom.Component, who bom.Acknowledgement) string {
	var list []string
	for _, l := range c.Licenses {
		name := l.Expression
		if name == "" {
			name = l.Name
		}
		if l.Acknowledgement == who && name != "" {
			list = append(list, name)
		}
	}
	return strings.Join(list, ", ")
}
