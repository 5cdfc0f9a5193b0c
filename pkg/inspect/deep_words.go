package inspect

import (
	"fmt"
	"math"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// describe writes the sentence and the limits of a result.
func (d *deepRun) describe() {
	r := &d.result
	who, whom := partName(r.A), d.b.reference(r.B)
	var s []string
	say := func(format string, args ...any) { s = append(s, fmt.Sprintf(format, args...)) }
	if r.Reason != "" {
		r.Verdict, r.Strength = bom.VerdictNotComparable, bom.StrengthWeak
		r.Sentence = fmt.Sprintf("%s could not be compared with %s in depth: %s.", who, whom, strings.TrimSuffix(r.Reason, "."))
		return
	}
	form := ""
	if d.disguised() {
		form = ", in another arrangement"
	}
	switch r.Verdict {
	case bom.VerdictIdenticalValue:
		say("%s: the weights are those of %s%s. %s", who, whom, form, d.equalSentence())
	case bom.VerdictRequantised:
		say("%s: the weights are those of %s, rounded%s. %s", who, whom, form, d.roundedSentence())
	case bom.VerdictTrainedFrom:
		change := fmt.Sprintf("The weights moved by %s of their size", wording.Share(r.Delta))
		if r.Delta == 0 {
			change = "No element of these differs"
		}
		say("%s: trained from %s%s. %s %s; %s of the elements are unchanged.", who, whom, form, d.agreementSentence(), change, wording.Share(r.Equal))
	case bom.VerdictRelatedDistant:
		say("%s: distantly related to %s%s. %s", who, whom, form, d.agreementSentence())
	case bom.VerdictSharedInitialisation:
		say("%s: started from the same random numbers as %s%s, or had its gains reset. %s The gains of its normalisations are unrelated (rank correlation %.2f, 99 %%: %.2f to %.2f).",
			who, whom, form, d.agreementSentence(), r.Seed.R, r.Seed.Low, r.Seed.High)
	case bom.VerdictPartial:
		say("%s: in part from %s%s: %s of its layers are related. %s", who, whom, form, wording.Share(r.Covered), d.agreementSentence())
	default:
		say("%s: read in full, the layers show no relation to those of %s (%s, no correlation above %.4f could hide, 99 %% confidence).", who, whom, wording.CountThousands(r.Compared, "matrix", "matrices"), r.Bound)
	}
	for i := range r.Streams {
		s = append(s, r.Streams[i].sentence(len(r.Streams) > 1))
	}
	if r.UnitsMoved > 0 {
		say("Hidden units of %d of %s are in another order.", r.UnitsMoved, wording.CountThousands(r.Blocks, "block", "blocks"))
	}
	for _, n := range r.Notes {
		s = append(s, noteSentence(n))
	}
	r.Sentence = strings.Join(s, " ")
	r.Limits = d.limits()
}

// disguised reports whether anything had to be undone.
func (d *deepRun) disguised() bool {
	for i := range d.result.Streams {
		if s := &d.result.Streams[i]; s.Moved > 0 || s.Flipped > 0 {
			return true
		}
	}
	return d.result.UnitsMoved > 0
}

func (d *deepRun) equalSentence() string {
	r := &d.result
	undone := "Every one"
	if d.disguised() {
		undone = "With this undone, every one"
	}
	if r.Equal == 1 {
		return fmt.Sprintf("%s of its %s elements is equal.", undone, wording.Thousands(int(r.Elements)))
	}
	return fmt.Sprintf("%s of its %s elements are equal%s.", wording.Share(r.Equal), wording.Thousands(int(r.Elements)), map[bool]string{true: " with this undone"}[d.disguised()])
}

func (d *deepRun) roundedSentence() string {
	r := &d.result
	if r.Rounded >= deepAlmostAll {
		return fmt.Sprintf("%s of its elements are equal as far as the coarser type tells.", wording.Share(r.Rounded))
	}
	return fmt.Sprintf("%s of %s signs agree in %s, as rounding keeps the order of values; the distance is %s of their size.",
		wording.Share(r.Agreement), wording.Thousands(r.Bits), wording.CountThousands(r.Compared, "matrix", "matrices"), wording.Share(r.Delta))
}

func (d *deepRun) agreementSentence() string {
	r := &d.result
	chance := 50 * r.Spread / math.Sqrt(float64(max(r.Bits, 1)))
	return fmt.Sprintf("%d of %s in its layers %s compared; %s of %s signs agree (chance 50 ± %.2g %%), a correlation of %.3f.",
		r.Compared, wording.CountThousands(r.Matrices, "matrix", "matrices"), wording.Word(r.Compared, "was", "were"), wording.Share(r.Agreement), wording.Thousands(r.Bits), chance, r.Rho)
}

// sentence says what was found about a stream.
func (s *DeepStream) sentence(named bool) string {
	stream := "The residual stream"
	if named {
		stream = "The residual stream of the encoder"
		if s.Name != "" {
			stream = "The residual stream of the " + s.Name
		}
	}
	switch {
	case !s.Found:
		return fmt.Sprintf("%s was compared as it stands: no order or signs of its %s columns bring the two together (p = %.2g, on %s).", stream, wording.Thousands(s.Width), s.P, s.Basis)
	case s.Identity:
		return fmt.Sprintf("%s has the same coordinates in both: %s of %s columns, none moved (p %s, on %s).", stream, wording.Thousands(s.Clear), wording.Thousands(s.Live), probability(s.P), s.Basis)
	}
	return fmt.Sprintf("%s: %s of %s columns are in another place and %s have the opposite sign; for %s the partner is beyond doubt (p %s, on %s).",
		stream, wording.Thousands(s.Moved), wording.Thousands(s.Width), wording.Thousands(s.Flipped), wording.Thousands(s.Clear), probability(s.P), s.Basis)
}

func (d *deepRun) limits() string {
	r := &d.result
	var s []string
	const undone = "Rotations of the residual stream, another order of heads or experts, and scales moved between matrices are not undone."
	switch {
	case r.Verdict == bom.VerdictSharedInitialisation:
		s = append(s, "Descent from the reference's trained weights is not shown.")
	case r.Verdict.Found():
		s = append(s, "Weights do not tell which of two related models came first, nor whether there was permission.")
		if r.Verdict == bom.VerdictTrainedFrom && !r.Seed.Derived {
			if r.Seed.Tested {
				s = append(s, "Whether trained weights or only the initial random numbers are shared is not decided by its gains.")
			} else {
				s = append(s, "Whether trained weights or only the initial random numbers are shared was not tested: "+r.Seed.Why+".")
			}
		}
		if r.Verdict == bom.VerdictRequantised {
			s = append(s, "A training that changed less than the rounding cannot be excluded.")
		}
		if r.Verdict == bom.VerdictTrainedFrom && (d.partA.quantised() || d.partB.quantised()) {
			s = append(s, "One of the two is quantised, and rounding may be all that moved its weights.")
		}
	default:
		s = append(s, undone, "Distillation and a very long training are not excluded.")
	}
	if r.Verdict == bom.VerdictRelatedDistant || r.Verdict == bom.VerdictPartial {
		s = append(s, undone)
	}
	return strings.Join(s, " ")
}

// quantised reports whether most of a part's matrices are stored in integers or
// blocks.
func (p *deepPart) quantised() bool {
	packed, all := 0, 0
	for _, t := range p.tensors {
		if t.vector {
			continue
		}
		all += t.elements()
		switch t.dtype {
		case "F64", "F32", "F16", "BF16":
		default:
			packed += t.elements()
		}
	}
	return 2*packed > all
}

// reference names a part of the model: "acme/model (embedding)".
func (s *deepSide) reference(ref string) string {
	role := strings.TrimPrefix(ref, "part:")
	if role == "" || role == "other" {
		return s.label()
	}
	return s.label() + " (" + strings.ReplaceAll(clean(role), "-", " ") + ")"
}

// partName is a part as a sentence begins with it: "Vision encoder".
func partName(ref string) string {
	role, qualifier, _ := strings.Cut(strings.TrimPrefix(ref, "part:"), ":")
	words := strings.ReplaceAll(role, "-", " ")
	if words == "" || words == "other" {
		words = "weights"
	}
	words = strings.ToUpper(words[:1]) + words[1:]
	if qualifier != "" {
		words += " (" + clean(qualifier) + ")"
	}
	return words
}

func probability(p float64) string {
	if p <= 1e-12 {
		return "below 1e-12"
	}
	return fmt.Sprintf("= %.2g", p)
}

// noteSentence makes a sentence of a note.
func noteSentence(s string) string {
	return strings.ToUpper(s[:1]) + strings.TrimSuffix(s[1:], ".") + "."
}
