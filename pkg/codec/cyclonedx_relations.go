package codec

import (
	"slices"

	"github.com/modelbom/modelbom/pkg/bom"
)

// CycloneDX has no typed relationships. It has nesting, ancestors, variants, a
// model card's datasets, and one kind of edge, "depends on". What is read from
// those places, and therefore needs no property of ours:
//
//	nesting                  Contains
//	pedigree.ancestors       DescendantOf
//	pedigree.variants        HasVariant
//	a model card's datasets  TrainedOn
//	an edge to a file        HasDataFile   unless one of the above, or a
//	any other edge           DependsOn     property, joins the same two
//
// Everything else, every note included, is a property; a property stands for
// the native place that says the same of the same two components.

// drawn reports whether a relation is also an edge of the dependency graph.
func drawn(t bom.Relation) bool {
	switch t {
	case bom.Contains, bom.HasDataFile, bom.DependsOn, bom.DescendantOf, bom.TrainedOn:
		return true
	}
	return false
}

// edgeRelation is what an edge says to a component of that kind.
func edgeRelation(to bom.Kind) bom.Relation {
	if to == bom.KindFile {
		return bom.HasDataFile
	}
	return bom.DependsOn
}

// layout is where the relationships of a document go.
type layout struct {
	children  map[bom.Ref][]bom.Ref // nested components, sorted
	parent    map[bom.Ref]bom.Ref   // of nested components
	ancestors map[bom.Ref][]bom.Ref
	variants  map[bom.Ref][]bom.Ref
	datasets  map[bom.Ref][]bom.Ref
	edges     map[bom.Ref][]bom.Ref
	// properties are the relationships that no native place gives back.
	properties map[bom.Ref][]bom.Relationship
}

// maxNested is how deep components are nested; deeper ones stand at the top
// level. It keeps what we write within what we read (maxNesting).
const maxNested = 64

// layOut takes a normalised document: relationships of one component, and of
// one pair and type, stand together.
func layOut(d *bom.Document, byRef map[bom.Ref]*bom.Component) *layout {
	l := &layout{
		children: map[bom.Ref][]bom.Ref{}, parent: map[bom.Ref]bom.Ref{}, ancestors: map[bom.Ref][]bom.Ref{},
		variants: map[bom.Ref][]bom.Ref{}, datasets: map[bom.Ref][]bom.Ref{}, edges: map[bom.Ref][]bom.Ref{},
		properties: map[bom.Ref][]bom.Relationship{},
	}
	l.nest(d)
	for rest := d.Relationships; len(rest) > 0; {
		n := slices.IndexFunc(rest, func(r bom.Relationship) bool { return r.From != rest[0].From })
		if n < 0 {
			n = len(rest)
		}
		l.place(rest[:n:n], byRef)
		rest = rest[n:]
	}
	return l
}

// nest fills children and parent. The subject is never nested, since it has to
// be the first component of all.
func (l *layout) nest(d *bom.Document) {
	for _, r := range d.Relationships {
		if r.Type == bom.Contains && r.To != d.Subject {
			l.parent[r.To] = r.From
		}
	}
	depths := make(map[bom.Ref]int, len(l.parent))
	for _, c := range d.Components {
		l.measure(c.Ref, depths)
	}
	for ref, depth := range depths {
		if depth > 0 && depth%maxNested == 0 {
			delete(l.parent, ref)
		}
	}
	for _, c := range d.Components {
		if p, ok := l.parent[c.Ref]; ok {
			l.children[p] = append(l.children[p], c.Ref)
		}
	}
}

// measure sets the depth of a component and of all above it, without recursion:
// a chain can be as long as the document.
func (l *layout) measure(ref bom.Ref, depths map[bom.Ref]int) {
	var path []bom.Ref
	for {
		if _, ok := depths[ref]; ok {
			break
		}
		p, ok := l.parent[ref]
		if !ok {
			depths[ref] = 0
			break
		}
		path = append(path, ref)
		ref = p
	}
	depth := depths[ref]
	for _, ref := range slices.Backward(path) {
		depth++
		depths[ref] = depth
	}
}

// place distributes the relationships that start at one component.
func (l *layout) place(rs []bom.Relationship, byRef map[bom.Ref]*bom.Component) {
	type end struct {
		bom.Relation
		bom.Ref
	}
	same := map[end]int{}      // relationships of one type to one component
	edges := map[bom.Ref]int{} // drawn relationships to one component
	for _, r := range rs {
		same[end{r.Type, r.To}]++
		if drawn(r.Type) {
			edges[r.To]++
		}
	}
	from := rs[0].From
	for _, r := range rs {
		native := false
		switch r.Type {
		case bom.Contains:
			native = l.parent[r.To] == from
		case bom.DescendantOf:
			native, l.ancestors[from] = true, add(l.ancestors[from], r.To)
		case bom.HasVariant:
			native, l.variants[from] = true, add(l.variants[from], r.To)
		case bom.TrainedOn:
			if native = byRef[from].Kind == bom.KindModel; native {
				l.datasets[from] = add(l.datasets[from], r.To)
			}
		case bom.HasDataFile, bom.DependsOn:
			native = edges[r.To] == 1 && r.Type == edgeRelation(byRef[r.To].Kind)
		}
		if drawn(r.Type) {
			l.edges[from] = append(l.edges[from], r.To)
		}
		if !native || r.Note != "" || same[end{r.Type, r.To}] > 1 {
			l.properties[from] = append(l.properties[from], r)
		}
	}
}

// add appends what is not the last element: equal ends of one type stand
// together in a normalised document.
func add(refs []bom.Ref, ref bom.Ref) []bom.Ref {
	if len(refs) > 0 && refs[len(refs)-1] == ref {
		return refs
	}
	return append(refs, ref)
}
