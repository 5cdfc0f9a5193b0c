package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

// reuses lists what of a part with weights is somebody else's: its weights, or
// its architecture alone. The outcomes are for the policy to set.
func (v *view) reuses(c *bom.Component, s *standing) []Reuse {
	var out []Reuse
	for _, b := range s.bearings {
		out = append(out, Reuse{Kind: ReuseWeights, Upstream: b.origin.Reference, Verdict: b.origin.Verdict, Text: upper(v.named(c)) + " " + v.comes(b) + "."})
	}
	for _, o := range c.Origins {
		if o.Verdict == bom.VerdictSameArchitecture && v.sideOf(o.Reference) != sideOwn {
			out = append(out, Reuse{Kind: ReuseArchitecture, Upstream: o.Reference, Verdict: o.Verdict,
				Text: fmt.Sprintf("%s has the architecture of %s, and its weights show no relation to it.", upper(v.named(c)), v.label(o.Reference))})
		}
	}
	return out
}

// assets are the tokenizers and the code that are somebody else's.
func (v *view) assets() []PartResult {
	var out []PartResult
	for i := range v.d.Components {
		c := &v.d.Components[i]
		kind := ReuseTokenizer
		switch {
		case c.Role == bom.RoleCode && len(v.bearings(c)) > 0:
			kind = ReuseCode
		case c.Role != bom.RoleTokenizer:
			continue
		}
		p := PartResult{Ref: c.Ref, Name: v.short(c), Foreign: ForeignUnknown}
		for _, b := range v.bearings(c) {
			if b.side == sideOwn {
				continue
			}
			p.Foreign = ForeignYes
			p.Reuse = append(p.Reuse, Reuse{Kind: kind, Upstream: b.origin.Reference, Verdict: b.origin.Verdict, Text: assetText(v, c, b)})
		}
		if text, _, _ := v.ownStatement(c); text != "" && len(p.Reuse) == 0 {
			p.Foreign = ForeignNo
		}
		out = append(out, p)
	}
	return append(out, v.remoteCode()...)
}

func assetText(v *view, c *bom.Component, b bearing) string {
	if b.origin.Verdict == bom.VerdictDeclaredOnly {
		return fmt.Sprintf("%s is declared to come from %s.", upper(v.named(c)), v.label(b.origin.Reference))
	}
	what := "content"
	if c.Role == bom.RoleTokenizer {
		what = "vocabulary"
	}
	return fmt.Sprintf("%s has the %s of %s (%s).", upper(v.named(c)), what, v.label(b.origin.Reference), b.origin.Verdict)
}

// remoteCode are the repositories that loading the model takes code from.
func (v *view) remoteCode() []PartResult {
	var out []PartResult
	for _, r := range v.d.Relationships {
		if r.Type != bom.DependsOn || !strings.HasPrefix(r.Note, "remote code") || v.by[r.To] == nil || v.sideOf(r.To) == sideOwn {
			continue
		}
		if slices.ContainsFunc(out, func(p PartResult) bool { return p.Ref == r.To }) {
			continue
		}
		out = append(out, PartResult{Ref: r.To, Name: "code", Foreign: ForeignYes, Reuse: []Reuse{{Kind: ReuseCode, Upstream: r.To, Verdict: bom.VerdictDeclaredOnly,
			Text: fmt.Sprintf("Loading the model takes code from %s.", v.label(r.To))}}})
	}
	return out
}
