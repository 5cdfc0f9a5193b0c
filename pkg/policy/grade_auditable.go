package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// Reasons of the grade "auditable": whether others can look at the part and find
// what was found.
const (
	reasonFormat   = "auditable.format"
	reasonDigests  = "auditable.digests"
	reasonOrigin   = "auditable.origin"
	reasonTraining = "auditable.training-data"
	reasonLineage  = "auditable.lineage"
)

// auditable gives the reasons. Only the training data takes no more than "met"
// away: foreign parts that tell it are rare.
func (x *gradedPart) auditable() []Reason {
	return []Reason{x.auditableFormat(), x.auditableDigests(), x.auditableOrigin(), x.auditableTraining(), x.auditableLineage()}
}

// readable are formats of weights that are documented and that more than one
// program reads without running anything of the file.
func readable(format string) bool {
	switch format {
	case "safetensors", "gguf", "onnx", "tfjs", "pytorch", "torch", "tflite", "numpy", "npz", "flax":
		return true
	}
	return false
}

func (x *gradedPart) auditableFormat() Reason {
	list := x.filesOf[x.c.Ref]
	if len(list) == 0 {
		return reason(reasonFormat, LevelNotShown, string(x.c.Ref), "The document names no file that holds its weights.")
	}
	var formats []string
	out := reason(reasonFormat, LevelMet, string(list[0].Ref), "")
	for _, f := range list {
		switch {
		case f.File == nil || f.File.Format == "":
			out = worst(out, reason(reasonFormat, LevelNotShown, string(f.Ref), "The format of %s is not known.", clean(f.Name)))
		case !readable(strings.ToLower(f.File.Format)):
			out = worst(out, reason(reasonFormat, LevelNotMet, string(f.Ref), "The file %s is in the format %s, which few programs read.", clean(f.Name), clean(f.File.Format)))
		case !slices.Contains(formats, f.File.Format):
			formats = append(formats, f.File.Format)
		}
	}
	if out.Level == LevelMet {
		out.Text = "Its weights are in " + clean(wording.And(formats)) + ", which anybody can read."
	}
	return out
}

// auditableDigests asks for a digest of the values and one of every file.
func (x *gradedPart) auditableDigests() Reason {
	if gaps := x.notSeen(x.c); len(gaps) > 0 {
		return reason(reasonDigests, LevelNotShown, gaps[0].Path, "Not all of its weights were seen: %s.", clean(strings.TrimSuffix(gaps[0].Reason, ".")))
	}
	if f := x.findings(func(f bom.Finding) bool { return f.Rule == ruleDigestMismatch }); len(f) > 0 {
		return reason(reasonDigests, LevelNotMet, f[0].Path, "A digest that is stated is not that of the bytes: %s.", message(f[0]))
	}
	values := x.c.Model != nil && x.c.Model.WeightsDigest != ""
	files := x.filesOf[x.c.Ref]
	without := 0
	for _, f := range files {
		if !slices.ContainsFunc(f.Hashes, computed) {
			without++
		}
	}
	all := len(files) > 0 && without == 0
	switch {
	case values && all:
		return reason(reasonDigests, LevelMet, string(x.c.Ref), "All its weights have a digest, %s, and so has every file that holds them.", clean(x.c.Model.WeightsDigest))
	case values:
		return reason(reasonDigests, LevelPartly, string(x.c.Ref), "Its weights have a digest, and %s of %s none that was computed.", fmt.Sprint(without), wording.Count(len(files), "file that holds them has", "files that hold them have"))
	case all:
		return reason(reasonDigests, LevelPartly, string(x.c.Ref), "Its files have digests, and its weights as such have none.")
	}
	return reason(reasonDigests, LevelNotShown, string(x.c.Ref), "No digest names the bytes that the document speaks of.")
}

const ruleDigestMismatch = "digest-mismatch"

// computed reports a digest of the bytes by a function that is not broken.
func computed(h bom.Hash) bool {
	return !h.Asserted && h.Value != "" && (h.Algorithm == bom.SHA256 || h.Algorithm == bom.SHA512 || h.Algorithm == bom.BLAKE3)
}

// auditableOrigin asks how strongly bytes show where the part comes from.
func (x *gradedPart) auditableOrigin() Reason {
	list := x.foreignBearings()
	if f, ok := x.has(x.c, ruleContradicted); ok {
		return reason(reasonOrigin, LevelNotMet, string(x.c.Ref), "The declared origin is contradicted by the bytes: %s.", message(f))
	}
	if len(list) == 0 {
		return reason(reasonOrigin, LevelNotShown, string(x.c.Ref), "Where it comes from is not known. Unknown is not original.")
	}
	var all []Reason
	for _, b := range list {
		all = append(all, x.originReason(b))
	}
	return worst(all...)
}

func (x *gradedPart) originReason(b bearing) Reason {
	o, label, place := b.origin, x.label(b.origin.Reference), string(x.c.Ref)+" origin"
	switch {
	case b.undecided():
		return reason(reasonOrigin, LevelNotShown, place, "It is related to %s, and descent is not shown.", label)
	case o.Verdict == bom.VerdictDeclaredOnly:
		return reason(reasonOrigin, LevelNotMet, place, "It is declared to come from %s, and no bytes confirm that.", label)
	case len(o.Evidence) == 0:
		return reason(reasonOrigin, LevelNotMet, place, "It is said to come from %s, without any evidence.", label)
	case o.Strength == bom.StrengthExact, o.Strength == bom.StrengthStrong:
		return reason(reasonOrigin, LevelMet, place, "The bytes show that it comes from %s: %s, evidence %s. %s", label, o.Verdict, o.Strength, quote(o.Sentence))
	case o.Strength == bom.StrengthModerate:
		return reason(reasonOrigin, LevelPartly, place, "The bytes show with moderate evidence that it comes from %s: %s. %s", label, o.Verdict, quote(o.Sentence))
	case o.Strength == bom.StrengthWeak:
		return reason(reasonOrigin, LevelNotMet, place, "The bytes show with weak evidence only that it comes from %s: %s. %s", label, o.Verdict, quote(o.Sentence))
	}
	return reason(reasonOrigin, LevelNotShown, place, "It is said to come from %s; how strong the evidence is, is not said.", label)
}

// auditableTraining asks whether anybody tells what the part was trained on.
func (x *gradedPart) auditableTraining() Reason {
	about := append([]bom.Ref{x.c.Ref}, x.s.upstreams()...)
	for _, ref := range about {
		c := x.by[ref]
		if c == nil {
			continue
		}
		if s := property(c.Properties, propTrainingData); s != "" {
			return reason(reasonTraining, LevelMet, string(ref), "Its training data is stated: %s", strings.TrimSuffix(quote(fields(s, 2)[0]), ".")+".")
		}
		if x.trainedOn[ref] {
			return reason(reasonTraining, LevelMet, string(ref), "The data sets that it was trained on are named.")
		}
	}
	return reason(reasonTraining, LevelPartly, string(x.c.Ref), "Nobody states what it was trained on.")
}

// auditableLineage asks whether the publisher tells where the part comes from.
func (x *gradedPart) auditableLineage() Reason {
	if f := x.findings(func(f bom.Finding) bool { return f.Rule == ruleUndeclared && x.own(f) }); len(f) > 0 {
		return reason(reasonLineage, LevelNotMet, f[0].Path, "The publisher does not declare its origin, which the bytes show.")
	}
	list := x.foreignBearings()
	if len(list) == 0 {
		return reason(reasonLineage, LevelNotShown, string(x.c.Ref), "No origin is declared, and none was found.")
	}
	for _, b := range list {
		if !declared(b.origin) && !slices.ContainsFunc(x.subject.Origins, func(o bom.Origin) bool {
			return x.identity(o.Reference) == x.identity(b.origin.Reference) && declared(o)
		}) {
			return reason(reasonLineage, LevelNotMet, string(x.c.Ref), "The publisher does not declare that it comes from %s.", x.label(b.origin.Reference))
		}
	}
	return reason(reasonLineage, LevelMet, string(x.c.Ref), "The publisher declares its origin.")
}

// own reports a finding about the part itself and not about the model.
func (x *gradedPart) own(f bom.Finding) bool {
	return slices.Contains(x.view.findings[x.c.Ref], f) || x.c == x.subject && slices.Contains(x.common, f)
}

// declared reports an origin that the publisher states somewhere.
func declared(o bom.Origin) bool {
	return slices.ContainsFunc(o.Evidence, func(e bom.Evidence) bool { return e.Technique == bom.ManifestAnalysis })
}
