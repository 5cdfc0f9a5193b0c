package policy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// Reasons of the grade "replaceable": what it would take to put something else in
// the part's place.
const (
	reasonSeparable    = "replaceable.separable"
	reasonInterface    = "replaceable.interface"
	reasonSeam         = "replaceable.seam"
	reasonShare        = "replaceable.share"
	reasonAlternatives = "replaceable.alternatives"
)

// replaceable gives the reasons. The alternatives take no more than "met" away:
// an index need not know them.
func (x *gradedPart) replaceable() []Reason {
	return []Reason{x.separable(), x.joint(), x.seam(), x.share(), x.alternatives()}
}

func (x *gradedPart) separable() Reason {
	switch {
	case x.c == x.subject || len(x.parts) == 1:
		return reason(reasonSeparable, LevelNotMet, string(x.c.Ref), "It is all that the model is: to replace it is to make another model.")
	case x.c.Model == nil || x.c.Model.Tensors == 0:
		return reason(reasonSeparable, LevelNotShown, string(x.c.Ref), "Which tensors belong to it is not known.")
	}
	return reason(reasonSeparable, LevelMet, string(x.c.Ref), "It is a part of its own, of %s.", wording.Count(x.c.Model.Tensors, "tensor", "tensors"))
}

// replaceability is what was stated, of these bytes.
func (x *gradedPart) replaceability() (list [][]string) {
	for _, f := range each(x.c.Properties, propReplaceability, 5) {
		if counts, _ := x.holds(x.c, f[3], f[4]); counts {
			list = append(list, f)
		}
	}
	return list
}

func (x *gradedPart) joint() Reason {
	for _, f := range x.replaceability() {
		if f[0] != "" {
			return reason(reasonInterface, LevelMet, string(x.c.Ref)+" "+propReplaceability, "Its interface is stated: %s.", strings.TrimSuffix(quote(f[0]), "."))
		}
	}
	if m := x.c.Model; m != nil && (m.Family != "" || m.Architecture != "") {
		return reason(reasonInterface, LevelPartly, string(x.c.Ref), "It is of the architecture %s; nobody states its interface.", clean(m.Family+map[bool]string{true: m.Architecture}[m.Family == ""]))
	}
	return reason(reasonInterface, LevelNotShown, string(x.c.Ref), "Neither its interface nor its architecture is known.")
}

// Frozen shares that tell a seam.
const (
	// frozenAll of a part unchanged: nothing in it was fitted to the model.
	frozenAll = 0.99
	// frozenMuch: the part was trained on, and much of it is as it was.
	frozenMuch = 0.5
)

// seam says what joins the part to the rest: a projector beside a frozen part can
// be trained anew, a part that was trained on with the rest cannot be exchanged
// without training both.
func (x *gradedPart) seam() Reason {
	list := x.foreignBearings()
	if len(list) == 0 {
		return reason(reasonSeam, LevelNotShown, string(x.c.Ref), "Whether it was trained with the rest of the model is not known.")
	}
	var all []Reason
	for _, b := range list {
		all = append(all, x.seamOf(b))
	}
	out := worst(all...)
	if x.c.Role == bom.RoleLanguageModel && out.Level.AtLeast(LevelPartly) {
		return reason(reasonSeam, LevelNotMet, string(x.c.Ref), "It is the language model, which the other parts of the model are fitted to.")
	}
	return out
}

func (x *gradedPart) seamOf(b bearing) Reason {
	place := string(x.c.Ref) + " origin"
	switch b.origin.Verdict {
	case bom.VerdictIdentical, bom.VerdictIdenticalValue, bom.VerdictRequantised:
		if len(b.origin.Evidence) == 0 {
			return reason(reasonSeam, LevelNotShown, place, "Nothing shows that it is unchanged.")
		}
		return x.projected(place, "It is unchanged")
	case bom.VerdictTrainedFrom, bom.VerdictRelatedDistant, bom.VerdictPartial:
	default:
		return reason(reasonSeam, LevelNotShown, place, "Whether it was trained with the rest of the model is not known.")
	}
	frozen, ok := frozenShare(b.origin)
	switch {
	case !ok:
		return reason(reasonSeam, LevelNotShown, place, "How much of it was trained with the rest of the model is not known.")
	case frozen >= frozenAll:
		return x.projected(place, upper(unchanged(frozen)))
	case frozen >= frozenMuch:
		return reason(reasonSeam, LevelPartly, place, "It was trained on in this model: %s.", unchanged(frozen))
	}
	return reason(reasonSeam, LevelNotMet, place, "It is entangled with the rest: it was trained on in this model, and %s.", unchanged(frozen))
}

// unchanged is a frozen share in words: "35.5 % of it is unchanged".
func unchanged(frozen float64) string {
	if frozen <= 0 {
		return "none of it is unchanged"
	}
	return wording.Share(frozen) + " of it is unchanged"
}

// projected looks for the projector that joins an unchanged part to the rest.
func (x *gradedPart) projected(place, begin string) Reason {
	var n int64
	found := false
	for _, p := range x.parts {
		if p.Role == bom.RoleProjector && p != x.c {
			found = true
			if p.Model != nil {
				n += p.Model.Parameters
			}
		}
	}
	if !found {
		return reason(reasonSeam, LevelPartly, place, "%s; what joins it to the rest is no part of its own.", begin)
	}
	return reason(reasonSeam, LevelMet, place, "%s; what was fitted to it is the projector, of %s.", begin, parameters(n))
}

func parameters(n int64) string {
	switch {
	case n >= 1_000_000_000:
		return fmt.Sprintf("%.1f billion parameters", float64(n)/1e9)
	case n >= 1_000_000:
		return fmt.Sprintf("%.1f million parameters", float64(n)/1e6)
	}
	return wording.Count(n, "parameter", "parameters")
}

// frozenShare reads the evidence "frozen": "59.8 %".
func frozenShare(o bom.Origin) (float64, bool) {
	share, found := 1.0, false
	for _, e := range o.Evidence {
		if e.Key != "frozen" {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(e.Value), "%")), 64)
		if err == nil && v >= 0 && v <= 100 {
			share, found = min(share, v/100), true
		}
	}
	return share, found
}

// share is how much of the model the part is.
func (x *gradedPart) share() Reason {
	if x.c.Model == nil || x.c.Model.Parameters <= 0 || x.subject.Model == nil || x.subject.Model.Parameters <= 0 {
		return reason(reasonShare, LevelNotShown, string(x.c.Ref), "Which share of the model's parameters it holds is not known.")
	}
	share := float64(x.c.Model.Parameters) / float64(x.subject.Model.Parameters)
	text := fmt.Sprintf("It holds %.1f %% of the model's parameters", 100*share)
	if share > x.maxShare {
		return reason(reasonShare, LevelNotMet, string(x.c.Ref), "%s, more than %.0f %%.", text, 100*x.maxShare)
	}
	return reason(reasonShare, LevelMet, string(x.c.Ref), "%s.", text)
}

// alternatives looks for drop-in replacements: those that were stated, and those
// that an index holds.
func (x *gradedPart) alternatives() Reason {
	var names []string
	for _, f := range x.replaceability() {
		if f[1] != "" {
			names = append(names, quote(f[1]))
		}
	}
	for _, o := range x.c.Origins {
		for _, e := range o.Evidence {
			if e.Key == evidenceInterface && e.Value != "" && !slices.Contains(names, clean(e.Value)) {
				names = append(names, clean(e.Value))
			}
		}
	}
	if len(names) == 0 {
		return reason(reasonAlternatives, onlyForMet(LevelNotShown), string(x.c.Ref), "No alternative with the same interface is named.")
	}
	return reason(reasonAlternatives, LevelMet, string(x.c.Ref), "Alternatives with the same interface: %s.", wording.And(names[:min(len(names), 8)]))
}
