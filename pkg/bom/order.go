package bom

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// Component returns the component with the given Ref, or nil.
func (d *Document) Component(ref Ref) *Component {
	for i := range d.Components {
		if d.Components[i].Ref == ref {
			return &d.Components[i]
		}
	}
	return nil
}

// Normalize sorts everything whose order carries no meaning, and removes exact
// duplicates, so that equal content is equal data. Origins, and the evidence of
// an origin or a licence, keep their order, which does carry meaning. A gap,
// finding or claim about the subject has an empty Ref afterwards.
func (d *Document) Normalize() {
	for i := range d.Gaps {
		if d.Gaps[i].Ref == d.Subject {
			d.Gaps[i].Ref = ""
		}
	}
	for i := range d.Findings {
		if d.Findings[i].Ref == d.Subject {
			d.Findings[i].Ref = ""
		}
	}
	slices.SortStableFunc(d.Components, func(a, b Component) int { return cmp.Compare(a.Ref, b.Ref) })
	for i := range d.Components {
		d.Components[i].normalize()
	}
	d.Relationships = sortUnique(d.Relationships, func(a, b Relationship) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Type, b.Type), cmp.Compare(a.To, b.To), cmp.Compare(a.Note, b.Note))
	})
	d.Gaps = sortUnique(d.Gaps, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Reason, b.Reason))
	})
	d.Findings = sortUnique(d.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Ref, b.Ref), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Key, b.Key),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Severity, b.Severity), cmp.Compare(a.Message, b.Message))
	})
	for i := range d.Attestations {
		d.Attestations[i].normalize(d.Subject)
	}
	slices.SortStableFunc(d.Attestations, compareAttestations)
	d.Inputs = sortUnique(d.Inputs, func(a, b Input) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Digest, b.Digest))
	})
	d.Tools = sortUnique(d.Tools, func(a, b Tool) int {
		return cmp.Or(cmp.Compare(a.Vendor, b.Vendor), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version))
	})
	d.Authors = sortUnique(d.Authors, func(a, b Organization) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.URL, b.URL), cmp.Compare(a.Email, b.Email), cmp.Compare(a.Country, b.Country), compareBool(a.Person, b.Person))
	})
	d.Properties = sortProperties(d.Properties)
}

func (c *Component) normalize() {
	c.Evidence = sortUnique(c.Evidence, func(a, b Evidence) int {
		return cmp.Or(cmp.Compare(a.Technique, b.Technique), cmp.Compare(a.Path, b.Path), cmp.Compare(a.Key, b.Key),
			cmp.Compare(a.Value, b.Value), cmp.Compare(a.Confidence, b.Confidence))
	})
	c.Hashes = sortUnique(c.Hashes, func(a, b Hash) int {
		return cmp.Or(cmp.Compare(a.Algorithm, b.Algorithm), cmp.Compare(a.Value, b.Value), compareBool(a.Asserted, b.Asserted))
	})
	slices.SortStableFunc(c.Licenses, func(a, b License) int {
		return cmp.Or(cmp.Compare(a.Acknowledgement, b.Acknowledgement), cmp.Compare(a.Expression, b.Expression),
			cmp.Compare(a.Name, b.Name), cmp.Compare(a.URL, b.URL), cmp.Compare(a.Path, b.Path))
	})
	c.Links = sortUnique(c.Links, func(a, b Link) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.URL, b.URL), cmp.Compare(a.Comment, b.Comment))
	})
	c.Properties = sortProperties(c.Properties)
	if c.Model != nil && reflect.DeepEqual(*c.Model, Model{}) {
		c.Model = nil // it says nothing, and no format can tell it from none
	}
	if m := c.Model; m != nil {
		m.Hyperparameters = sortProperties(m.Hyperparameters)
		m.Inputs, m.Outputs = sortUnique(m.Inputs, cmp.Compare[string]), sortUnique(m.Outputs, cmp.Compare[string])
		m.Metrics = sortUnique(m.Metrics, func(a, b Metric) int {
			return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Dataset, b.Dataset), cmp.Compare(a.Value, b.Value))
		})
		slices.SortFunc(m.DTypes, func(a, b DTypeShare) int {
			return cmp.Or(cmp.Compare(b.Parameters, a.Parameters), cmp.Compare(a.DType, b.DType))
		})
	}
}

func sortProperties(p []Property) []Property {
	return sortUnique(p, func(a, b Property) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Value, b.Value)) })
}

func sortUnique[T comparable](s []T, order func(a, b T) int) []T {
	slices.SortFunc(s, order)
	return slices.Compact(s)
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// Validate checks what every document must keep: a subject, unique references,
// no relationship, origin, gap, finding or claim that points nowhere, and a component
// tree without cycles. It returns all problems joined into one error.
func (d *Document) Validate() error {
	var errs []error
	known := make(map[Ref]bool, len(d.Components))
	for _, c := range d.Components {
		switch {
		case c.Ref == "":
			errs = append(errs, fmt.Errorf("component %q has no reference", c.Name))
		case known[c.Ref]:
			errs = append(errs, fmt.Errorf("reference %q is used twice", c.Ref))
		}
		known[c.Ref] = true
	}
	need := func(ref Ref, by string) {
		if !known[ref] {
			errs = append(errs, fmt.Errorf("%s refers to %q, which is not in the document", by, ref))
		}
	}
	need(d.Subject, "the document's subject")
	for _, c := range d.Components {
		for _, o := range c.Origins {
			if o.Reference == "" && o.Verdict.Open() {
				continue
			}
			need(o.Reference, fmt.Sprintf("an origin of %q", c.Ref))
		}
	}
	for _, r := range d.Relationships {
		by := fmt.Sprintf("relationship %q", strings.TrimSpace(string(r.From)+" "+string(r.Type)+" "+string(r.To)))
		need(r.From, by)
		need(r.To, by)
	}
	for _, g := range d.Gaps {
		if g.Ref != "" {
			need(g.Ref, "a gap")
		}
	}
	for _, f := range d.Findings {
		if f.Ref != "" {
			need(f.Ref, "a finding")
		}
	}
	for _, a := range d.Attestations {
		for _, r := range a.Requirements {
			for _, c := range r.Claims {
				if c.Ref != "" {
					need(c.Ref, fmt.Sprintf("a claim about %q", r.ID))
				}
			}
		}
	}
	return errors.Join(append(errs, d.validateTree()...)...)
}

// validateTree checks that Contains is a forest.
func (d *Document) validateTree() []error {
	var errs []error
	parent := map[Ref]Ref{}
	for _, r := range d.Relationships {
		if r.Type != Contains {
			continue
		}
		if p, ok := parent[r.To]; ok && p != r.From {
			errs = append(errs, fmt.Errorf("%q is contained by both %q and %q", r.To, p, r.From))
			continue
		}
		parent[r.To] = r.From
	}
	done := map[Ref]bool{}
	for start := range parent {
		onPath := map[Ref]bool{}
		for ref := start; !done[ref]; {
			if onPath[ref] {
				errs = append(errs, fmt.Errorf("%q contains itself", ref))
				break
			}
			onPath[ref] = true
			p, ok := parent[ref]
			if !ok {
				break
			}
			ref = p
		}
		for ref := range onPath {
			done[ref] = true
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return cmp.Compare(a.Error(), b.Error()) })
	return errs
}
