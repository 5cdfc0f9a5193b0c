package diff

import (
	"cmp"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// A class is what a component is for a diff. Components are matched within one.
type class int

const (
	classSubject class = iota
	classPart
	classFile
	classDataset
	classUpstream
	classOther // libraries and whatever other tools list
	classRoot  // what another tool makes its subject, with the model below it
)

// A node is one component of one document with what the document says about it
// elsewhere.
type node struct {
	*bom.Component
	class class
	label string
	path  string // of a file
	pair  *node  // the same thing in the other document
	by    Basis

	users []*node // of a file: the parts that its bytes are in
	files []*node // of a part
	// origins are those of the component, and upstreams that only a
	// relationship names; see statedOrigins.
	origins []bom.Origin
}

// A doc is one document, read for a diff.
type doc struct {
	*bom.Document
	nodes   []*node // by reference
	byRef   map[bom.Ref]*node
	subject *node // never nil
	parts   int
	ours    bool // has words of this tool, so that what is not stated is not there
	invalid []string

	unread      map[string]*bom.Gap // see unreadGaps
	firstUnread *bom.Gap
	uncomputed  string
	gapAt       map[string]bool
	descends    map[Pair]bool // origins, by component and upstream
}

// read never fails: of components with one reference the first counts, and what
// points nowhere is passed over. Both are noted.
func read(d *bom.Document) *doc {
	if d == nil {
		d = &bom.Document{}
	}
	s := &doc{Document: d, byRef: make(map[bom.Ref]*node, len(d.Components))}
	duplicates := 0
	for i := range d.Components {
		c := &d.Components[i]
		if s.byRef[c.Ref] != nil {
			duplicates++
			continue
		}
		n := &node{Component: c, class: -1, origins: slices.Clip(c.Origins)}
		s.byRef[c.Ref] = n
		s.nodes = append(s.nodes, n)
		s.ours = s.ours || ours(c)
	}
	slices.SortFunc(s.nodes, func(a, b *node) int { return cmp.Compare(a.Ref, b.Ref) })
	if duplicates > 0 {
		s.invalid = append(s.invalid, wording.CountThousands(duplicates, "component has", "components have")+" a reference that was used before; the first one counts")
	}
	s.classify()
	s.statedOrigins()
	for _, n := range s.nodes {
		n.label, n.path = s.name(n)
	}
	s.own()
	s.unreadGaps()
	return s
}

// ours reports whether a component has words that only this tool writes. Data
// sets are in the standards.
func ours(c *bom.Component) bool {
	if c.Role != "" && c.Role != bom.RoleDataset {
		return true
	}
	return slices.ContainsFunc(c.Properties, func(p bom.Property) bool { return strings.HasPrefix(p.Name, "modelbom:") })
}

func (s *doc) classify() {
	s.subject = s.focus()
	if root := s.byRef[s.Subject]; root != nil {
		root.class = classRoot
	}
	s.subject.class = classSubject
	set := func(ref bom.Ref, c class) {
		if n := s.byRef[ref]; n != nil && n.class < 0 {
			n.class = c
		}
	}
	for _, n := range s.nodes {
		switch {
		case n.class >= 0:
		case n.Role == bom.RoleDataset:
			n.class = classDataset
		case n.Kind == bom.KindFile || n.File != nil:
			n.class = classFile
		case n.Role != "":
			n.class = classPart
		case strings.HasPrefix(string(n.Ref), "upstream:"):
			n.class = classUpstream
		}
	}
	for _, r := range s.Relationships {
		switch r.Type {
		case bom.TrainedOn, bom.TestedOn:
			set(r.To, classDataset)
		case bom.DescendantOf, bom.HasVariant:
			set(r.To, classUpstream)
		}
	}
	for _, n := range s.nodes {
		for _, o := range n.Origins {
			set(o.Reference, classUpstream)
		}
	}
	for _, n := range s.nodes {
		switch {
		case n.class >= 0:
		case n.Kind == bom.KindData:
			n.class = classDataset
		case n.Kind == bom.KindModel:
			n.class = classPart
		default:
			n.class = classOther
		}
		if n.class == classPart {
			s.parts++
		}
	}
}

// focus is the model that the document is about. Other tools make a folder or an
// application the subject and list the model below it.
func (s *doc) focus() *node {
	n := s.byRef[s.Subject]
	if n == nil {
		n = &node{Component: &bom.Component{Ref: s.Subject}, class: -1}
		if s.Subject != "" {
			s.invalid = append(s.invalid, "the subject "+show(string(s.Subject))+" is not in the document")
		}
	}
	if n.Kind == bom.KindModel || s.ours {
		return n
	}
	upstream := map[bom.Ref]bool{}
	for _, r := range s.Relationships {
		if r.Type == bom.DescendantOf || r.Type == bom.HasVariant {
			upstream[r.To] = true
		}
	}
	var model *node
	for _, m := range s.nodes {
		if m.Kind == bom.KindModel && !upstream[m.Ref] {
			if model != nil {
				return n
			}
			model = m
		}
	}
	if model != nil {
		return model
	}
	return n
}

// focusOn makes a component the subject that the other document is about, where
// this one is about a folder and says of none of its components that it is a
// model, as SPDX 2 cannot. Then their name tells.
func (s *doc) focusOn(other *node) {
	if s.ours || s.subject.Kind == bom.KindModel || other.Kind != bom.KindModel || s.subject.Name == other.Name {
		return
	}
	var model *node
	for _, n := range s.nodes {
		if n.class == classOther && n.Name == other.Name && (n.Group == other.Group || n.Group == "" || other.Group == "") {
			if model != nil {
				return
			}
			model = n
		}
	}
	if model != nil {
		s.subject.class, model.class = classRoot, classSubject
		s.subject.label, _ = s.name(s.subject)
		s.subject, model.label = model, "the model"
	}
}

// statedOrigins adds the upstreams that only a relationship or a pedigree names:
// somebody says so.
func (s *doc) statedOrigins() {
	known := map[Pair]bool{}
	s.descends = known
	for _, n := range s.nodes {
		for _, o := range n.Origins {
			known[Pair{n.Ref, o.Reference}] = true
		}
	}
	dangling := 0
	for _, r := range s.Relationships {
		from, to := s.byRef[r.From], s.byRef[r.To]
		if from == nil || to == nil {
			dangling++
			continue
		}
		if r.Type != bom.DescendantOf || known[Pair{r.From, r.To}] {
			continue
		}
		known[Pair{r.From, r.To}] = true
		from.origins = append(from.origins, bom.Origin{Reference: r.To, Verdict: bom.VerdictDeclaredOnly, Strength: bom.StrengthDeclared, Relation: r.Note})
	}
	if dangling > 0 {
		s.invalid = append(s.invalid, wording.CountThousands(dangling, "relationship points", "relationships point")+" at nothing in the document")
	}
}

// own joins files with the parts that their bytes are in.
func (s *doc) own() {
	seen := map[Pair]bool{}
	join := func(part, file *node) {
		if part != nil && file != nil && part.class == classPart && file.class == classFile && !seen[Pair{part.Ref, file.Ref}] {
			seen[Pair{part.Ref, file.Ref}] = true
			part.files, file.users = append(part.files, file), append(file.users, part)
		}
	}
	for _, r := range s.Relationships {
		if r.Type == bom.Contains || r.Type == bom.HasDataFile {
			join(s.byRef[r.From], s.byRef[r.To])
		}
	}
}

// name is what people call a component, and the path of a file.
func (s *doc) name(n *node) (label, path string) {
	switch {
	case n.class == classSubject:
		return "the model", ""
	case n.class == classFile:
		path = n.Name
		if p, ok := strings.CutPrefix(string(n.Ref), "file:"); ok {
			path = p
		}
		if !s.ours { // others write the folder that was scanned as the root, or as here
			path = cmp.Or(strings.TrimPrefix(strings.TrimPrefix(path, "./"), "/"), path)
		}
		return show(path), path
	case n.class == classPart && n.Role != "":
		label = string(n.Role)
		if q := n.qualifier(); q != "" {
			label += " (" + q + ")"
		}
		return show(label), ""
	}
	return show(cmp.Or(strings.TrimPrefix(n.Group+"/"+n.Name, "/"), n.PURL, string(n.Ref))), ""
}

// qualifier tells parts of one role apart.
func (n *node) qualifier() string {
	q, _ := strings.CutPrefix(string(n.Ref), "part:"+string(n.Role)+":")
	if q == string(n.Ref) {
		return ""
	}
	return q
}

// weights reports whether a part holds weights, as far as the document tells.
func (n *node) weights() bool {
	return n.class == classPart && (n.Model != nil || n.Kind == bom.KindModel)
}

// digest is the weights digest of a part.
func (n *node) digest() string {
	if n.Model == nil {
		return ""
	}
	return n.Model.WeightsDigest
}

// property is the value of a property, several joined.
func (n *node) property(name string) string {
	var values []string
	for _, p := range n.Properties {
		if p.Name == name {
			values = append(values, p.Value)
		}
	}
	slices.Sort(values)
	return strings.Join(slices.Compact(values), ", ")
}
