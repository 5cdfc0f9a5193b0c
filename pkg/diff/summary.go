package diff

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/wording"
)

// differentModels reports that two documents seem to be about different models:
// their package URLs name two, or their names do and nothing that identifies
// bytes or a build is common.
func (d *differ) differentModels() bool {
	a, b := d.old.subject, d.new.subject
	if isHub(a.PURL) && isHub(b.PURL) {
		return purlName(a.PURL) != purlName(b.PURL)
	}
	if d.lenient { // each tool finds its own name for a folder
		return false
	}
	if nameAndGroup(a) == nameAndGroup(b) || a.Name == "" || b.Name == "" {
		return false
	}
	common := map[string]bool{}
	for _, n := range d.old.nodes {
		for _, k := range identities(n) {
			common[k] = true
		}
	}
	for _, n := range d.new.nodes {
		if slices.ContainsFunc(identities(n), func(k string) bool { return common[k] }) {
			return false
		}
	}
	if a.Model != nil && b.Model != nil && cmp.Or(a.Model.Architecture, a.Model.Family) != "" &&
		a.Model.Architecture == b.Model.Architecture && a.Model.Family == b.Model.Family && d.old.parts == d.new.parts {
		return false
	}
	return true
}

// isHub reports a package URL that names a model wherever it lies.
func isHub(purl string) bool {
	return strings.HasPrefix(purl, "pkg:") && !strings.HasPrefix(purl, "pkg:generic/")
}

// identities are the digests that tell a model from others.
func identities(n *node) []string {
	var out []string
	if g := n.digest(); g != "" {
		out = append(out, g)
	}
	if g := n.property(tokensDigest); g != "" {
		out = append(out, g)
	}
	if n.File != nil && n.File.Format != "" && n.hash() != "" {
		out = append(out, n.hash())
	}
	return out
}

func nameAndGroup(n *node) string { return strings.TrimPrefix(n.Group+"/"+n.Name, "/") }

// summaryOf is the line on top: parts first, then licences, origins, findings,
// gaps, and how many other changes there are.
func summaryOf(c *Changes, drafts []*draft, author string) string {
	var parts, said []string
	counts := map[string]int{}
	for _, x := range drafts {
		switch word := partWords(x); {
		case word != "":
			parts = append(parts, x.Name+" "+word)
		case x.Kind == LicenceDeclaredChanged || x.Kind == LicenceConcludedChanged || x.Kind == LicenceFoundChanged:
			counts["licence"]++
			if counts["licence"] == 1 {
				said = append(said, "licence "+cmp.Or(x.Before, "none")+" -> "+cmp.Or(x.After, "none"))
			}
		default:
			counts[groupOf(x.Kind)]++
		}
	}
	var out []string
	if len(parts) > 0 {
		out = append(out, wording.CountThousands(len(parts), "part", "parts")+" changed: "+list(parts))
	}
	out = append(out, said...)
	if n := counts["licence"]; n > 1 {
		out = append(out, wording.CountThousands(n-1, "more licence", "more licences")+" changed")
	}
	for _, g := range []struct{ key, one, many string }{
		{"terms", "licence's terms changed", "licences' terms changed"},
		{"origin", "origin changed", "origins changed"},
	} {
		if n := counts[g.key]; n > 0 {
			out = append(out, wording.CountThousands(n, g.one, g.many))
		}
	}
	out = append(out, newAndGone("finding", "findings", counts["finding+"], counts["finding-"], "resolved")...)
	if n := counts["finding"]; n > 0 {
		out = append(out, wording.CountThousands(n, "finding with another severity", "findings with another severity"))
	}
	if n := counts["code"]; n > 0 {
		out = append(out, wording.CountThousands(n, "change of code", "changes of code"))
	}
	out = append(out, newAndGone("gap", "gaps", counts["gap+"], counts["gap-"], "closed")...)
	if n := counts["dataset"]; n > 0 {
		out = append(out, wording.CountThousands(n, "data set changed", "data sets changed"))
	}
	if n := counts["other"]; n > 0 {
		if len(out) > 0 {
			out = append(out, wording.CountThousands(n, "other change", "other changes"))
		} else if len(drafts) == 1 {
			out = append(out, strings.TrimSuffix(drafts[0].Text, "."))
		} else {
			out = append(out, wording.CountThousands(n, "change", "changes")+", none of parts, licences, origins, findings or gaps; the first: "+strings.TrimSuffix(drafts[0].Text, "."))
		}
	}
	text := strings.Join(out, "; ")
	if text == "" {
		text = "nothing changed"
		if slices.ContainsFunc(c.Notes, func(n Note) bool { return n.Kind == NoteUnstated }) {
			text = "nothing changed in what both documents state; they are of different tools, and each says more than the other elsewhere"
		}
	}
	switch {
	case author != "" && len(drafts) == 0:
		text = strings.Replace(text, "nothing changed", "nothing changed in the model", 1) + "; " + author
		text = strings.Replace(text, "in the model in what", "in what", 1)
	case author != "":
		text += "; " + author
	}
	if c.Different {
		return sentence("two different models, " + cmp.Or(c.Old.Name, "unnamed") + " and " + cmp.Or(c.New.Name, "unnamed") + ": " + text)
	}
	return sentence(text)
}

// newAndGone is "1 finding new, 1 resolved".
func newAndGone(one, many string, new, gone int, word string) []string {
	switch {
	case new > 0 && gone > 0:
		return []string{wording.CountThousands(new, one, many) + " new, " + wording.Thousands(gone) + " " + word}
	case new > 0:
		return []string{wording.CountThousands(new, one, many) + " new"}
	case gone > 0:
		return []string{wording.CountThousands(gone, one, many) + " " + word}
	}
	return nil
}

// groupOf is under what a kind is counted in the summary.
func groupOf(k Kind) string {
	switch k {
	case LicenceTermsChanged:
		return "terms"
	case OriginReplaced, OriginAppeared, OriginVanished, OriginVerdictChanged:
		return "origin"
	case FindingAppeared:
		return "finding+"
	case FindingResolved:
		return "finding-"
	case FindingChanged:
		return "finding"
	case CodeAdded, CodeChanged, CodeRemoved:
		return "code"
	case GapOpened:
		return "gap+"
	case GapClosed:
		return "gap-"
	case DatasetAdded, DatasetRemoved:
		return "dataset"
	}
	return "other"
}

// partWords says in the summary what became of a part; empty for what is no
// change of a part.
func partWords(x *draft) string {
	switch x.Kind {
	case PartReplaced:
		return "replaced"
	case PartAdded:
		return "added"
	case PartRemoved:
		return "removed"
	case PartRenamed:
		return "renamed"
	case WeightsTrainedOn:
		return "trained on" + x.Weights.inShort()
	case WeightsPartlyKept:
		return "kept in part" + x.Weights.inShort()
	case WeightsEdited:
		return "edited" + x.Weights.inShort()
	case WeightsRequantised:
		return "requantised"
	case WeightsReinitialised:
		return "re-initialised"
	case WeightsReencoded:
		return "re-encoded with the same values" + others(x)
	case WeightsChanged:
		return "with other weights" + others(x)
	case WeightsUnseen:
		return "not read" + others(x)
	case WeightsSeen:
		return "read now" + others(x)
	case TokenizerExtended:
		more, _ := growth(x.old, x.new)
		if x.Tokenizer != nil && x.Tokenizer.Added >= 0 {
			more = x.Tokenizer.Added
		}
		return "extended by " + wording.CountThousands(more, "token", "tokens")
	case TokenizerReplaced:
		return "replaced"
	case TokenizerChanged:
		return "with other tokens"
	case TemplateChanged:
		return "with another text"
	case ProcessorChanged:
		return "with other settings"
	}
	return ""
}

// others counts the further parts of a change.
func others(x *draft) string {
	if len(x.Also) == 0 {
		return ""
	}
	return " (and " + wording.CountThousands(len(x.Also), "part", "parts") + " more)"
}

// inShort is how far weights moved, for the summary.
func (w *WeightChange) inShort() string {
	var words []string
	if !math.IsNaN(w.Distance) && w.Distance != 0 {
		words = append(words, "moved "+percent(w.Distance))
	}
	if !math.IsNaN(w.Frozen) {
		words = append(words, percent(w.Frozen)+" frozen")
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}
