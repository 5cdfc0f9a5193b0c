package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/modelbom/modelbom/pkg/bom"
)

// A view is a document as the built-in policies look at it.
type view struct {
	d       *bom.Document
	subject *bom.Component
	by      map[bom.Ref]*bom.Component
	sums    *bom.Digests
	// parts are the components that hold weights, in the order of their roles.
	parts []*bom.Component
	// filesOf are the files that a part's weights are read from.
	filesOf map[bom.Ref][]*bom.Component
	// partsOf are the parts that a file belongs to.
	partsOf map[bom.Ref][]bom.Ref
	// findings are about a part or its files, aside about a tokenizer, chat
	// template or processor, common about the model.
	findings      map[bom.Ref][]bom.Finding
	aside, common []bom.Finding
	// unread are the gaps of weights that were not seen, by part; "" is the model.
	unread     map[bom.Ref][]bom.Gap
	descends   map[bom.Ref][]bom.Relationship
	trainedOn  map[bom.Ref]bool
	called     map[string]int // how many components have a name
	values     values
	now        time.Time
	exceptions *exceptions
}

// maxWork bounds the findings that are weighed, over all parts: those of the
// model are weighed for every part. The documents of real models have hundreds.
const maxWork = 5_000_000

// look prepares a document. References to nothing are passed over.
func look(d *bom.Document, o Options, v values) *view {
	w := &view{d: d, sums: d.Digests(), by: make(map[bom.Ref]*bom.Component, len(d.Components)), filesOf: map[bom.Ref][]*bom.Component{}, partsOf: map[bom.Ref][]bom.Ref{},
		findings: map[bom.Ref][]bom.Finding{}, unread: map[bom.Ref][]bom.Gap{}, descends: map[bom.Ref][]bom.Relationship{}, trainedOn: map[bom.Ref]bool{}, called: map[string]int{}, values: v, now: o.Now}
	for i := range d.Components {
		if c := &d.Components[i]; w.by[c.Ref] == nil {
			w.by[c.Ref] = c
			w.called[c.Name]++
		}
	}
	w.subject = w.by[d.Subject]
	if w.subject == nil {
		w.subject = &bom.Component{Ref: d.Subject}
	}
	if w.now.IsZero() {
		w.now = d.Created
	}
	w.exceptions = readExceptions(d, w.now)
	w.findParts()
	w.related()
	w.complaints()
	return w
}

// bounded refuses a document whose findings cannot be weighed in a short time.
func (v *view) bounded() error {
	if work := len(v.parts) * (len(v.common) + len(v.aside) + 1); work > maxWork {
		return fmt.Errorf("document is too large to check: %d parts and %d findings", len(v.parts), len(v.d.Findings))
	}
	return nil
}

// hasWeights reports the roles of parts that hold weights.
func hasWeights(r bom.Role) bool {
	switch r {
	case "", bom.RoleTokenizer, bom.RoleChatTemplate, bom.RoleProcessor, bom.RoleCode, bom.RoleDataset:
		return false
	}
	return true
}

// findParts finds the components that hold weights. In a document that knows no
// parts they are the models that the subject contains, else the subject itself.
func (v *view) findParts() {
	for i := range v.d.Components {
		if c := &v.d.Components[i]; hasWeights(c.Role) && c.Ref != v.d.Subject {
			v.parts = append(v.parts, c)
		}
	}
	if len(v.parts) == 0 {
		for _, r := range v.d.Relationships {
			if c := v.by[r.To]; r.Type == bom.Contains && c != nil && c.Kind == bom.KindModel && c.Ref != v.d.Subject && !slices.Contains(v.parts, c) {
				v.parts = append(v.parts, c)
			}
		}
	}
	if len(v.parts) == 0 && v.by[v.d.Subject] != nil && v.subject.Kind == bom.KindModel {
		v.parts = []*bom.Component{v.subject}
	}
	roles := bom.Roles()
	slices.SortStableFunc(v.parts, func(a, b *bom.Component) int {
		return cmp.Or(cmp.Compare(slices.Index(roles, a.Role), slices.Index(roles, b.Role)), cmp.Compare(a.Ref, b.Ref))
	})
}

// related reads the relationships.
func (v *view) related() {
	for _, r := range v.d.Relationships {
		switch r.Type {
		case bom.Contains, bom.HasDataFile:
			from, to := v.by[r.From], v.by[r.To]
			if from == nil || to == nil || to.Kind != bom.KindFile {
				continue
			}
			if from.Role != "" || len(v.parts) == 1 && v.parts[0] == from {
				v.partsOf[to.Ref] = append(v.partsOf[to.Ref], from.Ref)
				if holdsWeights(to) {
					v.filesOf[from.Ref] = append(v.filesOf[from.Ref], to)
				}
			}
		case bom.DescendantOf:
			v.descends[r.From] = append(v.descends[r.From], r)
		case bom.TrainedOn:
			v.trainedOn[r.From] = true
		}
	}
}

// holdsWeights reports a file of weights. A document of another tool may not say
// what a file is for.
func holdsWeights(c *bom.Component) bool {
	return c.File == nil || c.File.Role == "weights" || c.File.Role == ""
}

// complaints sorts findings and gaps by what they are about.
func (v *view) complaints() {
	weights := make(map[bom.Ref]bool, len(v.parts))
	for _, p := range v.parts {
		weights[p.Ref] = p != v.subject
	}
	for _, f := range v.d.Findings {
		owners := v.partsOf[f.Ref]
		if c := v.by[f.Ref]; c != nil && (weights[f.Ref] || isAsset(c.Role)) {
			owners = []bom.Ref{f.Ref}
		}
		if len(owners) == 0 {
			v.common = append(v.common, f)
			continue
		}
		if !slices.ContainsFunc(owners, func(r bom.Ref) bool { return weights[r] }) {
			v.aside = append(v.aside, f)
			continue
		}
		for _, p := range owners {
			v.findings[p] = append(v.findings[p], f)
		}
	}
	for _, g := range v.d.Gaps {
		if !g.Kind.Weights() {
			continue
		}
		owners := v.partsOf[g.Ref]
		if weights[g.Ref] {
			owners = []bom.Ref{g.Ref}
		}
		if len(owners) == 0 {
			owners = []bom.Ref{""} // they may be of any part
		}
		for _, p := range owners {
			v.unread[p] = append(v.unread[p], g)
		}
	}
}

// isAsset reports the roles of parts without weights that a model is used with.
func isAsset(r bom.Role) bool {
	return r == bom.RoleTokenizer || r == bom.RoleChatTemplate || r == bom.RoleProcessor
}

// notSeen are the gaps that hide weights of a part, or of any part.
func (v *view) notSeen(c *bom.Component) []bom.Gap {
	return append(slices.Clone(v.unread[c.Ref]), v.unread[""]...)
}

// about are the findings about a part and its files, and those about the model.
// What a chat template does is done with the language model.
func (v *view) about(c *bom.Component) []bom.Finding {
	out := slices.Clone(v.findings[c.Ref])
	if c.Role == bom.RoleLanguageModel || len(v.parts) == 1 {
		out = append(out, v.aside...)
	}
	return append(out, v.common...)
}

// has reports a finding of a rule about a part. Where the subject is the only
// part, that is one about the model.
func (v *view) has(c *bom.Component, rule string) (bom.Finding, bool) {
	list := v.findings[c.Ref]
	if c == v.subject {
		list = v.common
	}
	i := slices.IndexFunc(list, func(f bom.Finding) bool { return f.Rule == rule })
	if i < 0 {
		return bom.Finding{}, false
	}
	return list[i], true
}

// Words

// clean is text of a document, fit for a sentence. Policies are applied to
// documents of strangers too.
func clean(s string) string { return bom.Cut(bom.Clean(s), 300) }

// named is a component as a sentence has it: "the vision encoder".
func (v *view) named(c *bom.Component) string {
	if c == v.subject {
		return "the model"
	}
	if c.Role == "" {
		name := cmp.Or(c.Name, string(c.Ref))
		if v.called[c.Name] > 1 {
			name += " (" + string(c.Ref) + ")"
		}
		return "the part " + clean(name)
	}
	words := "the " + strings.ReplaceAll(clean(string(c.Role)), "-", " ")
	if c.Role == bom.RoleOther {
		words = "the part"
	}
	if q := qualifier(c); q != "" {
		words += " (" + q + ")"
	}
	return words
}

// quote is a sentence of a document inside another.
func quote(s string) string { return bom.Cut(bom.Clean(s), 500) }

func qualifier(c *bom.Component) string {
	rest, ok := strings.CutPrefix(string(c.Ref), "part:"+string(c.Role)+":")
	if !ok {
		return ""
	}
	return clean(rest)
}

// short is a part's name in a table: "vision-encoder".
func (v *view) short(c *bom.Component) string {
	if c.Role == "" {
		return clean(cmp.Or(c.Name, string(c.Ref)))
	}
	name := clean(string(c.Role))
	if q := qualifier(c); q != "" {
		name += ":" + q
	}
	return name
}

// label is a model as people write it, with who supplies it: "acme/base of ACME,
// US".
func (v *view) label(ref bom.Ref) string {
	c := v.by[ref]
	if c == nil {
		return clean(string(ref))
	}
	s := clean(strings.TrimPrefix(c.Group+"/"+c.Name, "/"))
	if c.Supplier != nil && c.Supplier.Name != "" {
		s += " of " + clean(c.Supplier.Name)
		if c.Supplier.Country != "" {
			s += ", " + clean(c.Supplier.Country)
		}
	}
	return s
}

// upper begins a sentence.
func upper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 || r == utf8.RuneError {
		return s
	}
	return string(unicode.ToUpper(r)) + s[n:]
}

// sentences joins sentences, as long as they fit into a document's text.
func sentences(list ...string) string {
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return bom.Cut(strings.Join(out, " "), bom.MaxText)
}
