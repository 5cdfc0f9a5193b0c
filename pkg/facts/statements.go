package facts

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// statements writes what is stated about a model or a part. Key is where it
// stands in the file.
func (a *applier) statements(c *bom.Component, s *Statements, key string) {
	if o := s.Own; o != nil {
		add(c, PropOwn, bom.JoinFields(o.Statement, o.Digest, a.bind(c, o.Digest, o.Line, key+".own", "The statement that "+label(c, a.doc.Subject)+" is the producer's own")))
	}
	if t := s.TrainingData; t != nil {
		add(c, PropTrainingData, bom.JoinFields(t.Text, t.Link))
	}
	add(c, PropCompute, s.Compute)
	add(c, PropEnergy, s.Energy)
	add(c, PropIntendedUse, s.IntendedUse)
	if r := s.Replaceable; r != nil {
		state := a.bind(c, r.Digest, r.Line, key+".replaceability", "The statement how "+label(c, a.doc.Subject)+" can be replaced")
		add(c, PropReplaceability, bom.JoinFields(r.Interface, strings.Join(r.Alternatives, ", "), r.Text, r.Digest, state))
	}
	for i, v := range s.Reviews {
		state := a.bind(c, v.Digest, v.Line, fmt.Sprintf("%s.reviews[%d]", key, i), fmt.Sprintf("The review of %s by %s of %s", label(c, a.doc.Subject), v.By, v.Date))
		add(c, PropReview, bom.JoinFields(v.By, v.Date, v.Scope, v.Result, v.Digest, state, v.Link))
	}
}

// bind says whether a statement is about the bytes of the component.
func (a *applier) bind(c *bom.Component, digest string, line int, key, what string) string {
	now := a.digests(c.Ref)
	if slices.Contains(now, digest) {
		return BoundState
	}
	text := fmt.Sprintf("%s is about other bytes and does not count: it names %s, and the digest is %s now.", what, digest, strings.Join(now, " or "))
	if len(now) == 0 {
		text = fmt.Sprintf("%s does not count: it names %s, and the document has no digest to compare that with.", what, digest)
	}
	a.finding(RuleOtherBytes, line, c.Ref, key, text)
	return OtherBytes
}

// supplier states who supplies a component. A supplier that the document has
// already is completed where the names are the same, and stays as it is where
// they are not.
func (a *applier) supplier(c *bom.Component, o *Organization, key string) {
	if o == nil {
		return
	}
	add(c, PropSupplier, bom.JoinFields(o.Name, o.URL, o.Country))
	stated := bom.Organization{Name: o.Name, URL: o.URL, Country: o.Country}
	if isEmail(o.Contact) {
		stated.Email = o.Contact
	}
	if c.Supplier == nil {
		c.Supplier = &stated
		return
	}
	had := *c.Supplier
	same := strings.EqualFold(strings.TrimSpace(had.Name), o.Name)
	if had.Name == "" || same {
		had.Name, had.URL, had.Email, had.Country = cmp.Or(had.Name, stated.Name), cmp.Or(had.URL, stated.URL), cmp.Or(had.Email, stated.Email), cmp.Or(had.Country, stated.Country)
	}
	country := o.Country != "" && had.Country != "" && o.Country != had.Country
	if had.Name != "" && !same && c.Supplier.Name != "" || country {
		a.finding(RuleDisagreement, o.Line, c.Ref, key, fmt.Sprintf("Of %s, %s is stated to be the supplier; the document had %s.",
			label(c, a.doc.Subject), called(o.Name, o.Country), called(bom.Clean(c.Supplier.Name), bom.Clean(c.Supplier.Country))))
	}
	c.Supplier = &had
}

func called(name, country string) string {
	if country == "" {
		return name
	}
	return name + " (" + country + ")"
}

// isEmail reports an address in its plainest form, which all documents can hold.
func isEmail(s string) bool {
	user, host, ok := strings.Cut(s, "@")
	return ok && user != "" && strings.Contains(host, ".") && !strings.ContainsAny(s, " ()<>,;:\"\\[]|") && !strings.Contains(host, "@")
}
