package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// Reasons of the grade "security-reviewed".
const (
	reasonObserved       = "security.observed"
	reasonFindings       = "security.findings"
	reasonReview         = "security.review"
	reasonSecurityFormat = "security.format"
	reasonCode           = "security.code"
)

// security gives the reasons. All of them count in full.
func (x *gradedPart) security() []Reason {
	return []Reason{x.observed(), x.weigh(reasonFindings, isOther, "Nothing was found in what loading it does, in its texts and in its files."),
		x.weigh(reasonCode, isCode, "Loading it runs no code of the repository."),
		x.weigh(reasonSecurityFormat, isFormat, "Its files are in formats that hold data only."), x.review()}
}

// Rules of findings about security that have a reason of their own. All others
// that are about neither origins, licences, digests nor statements belong to
// security.findings, those of other tools too.
func isCode(f bom.Finding) bool {
	return slices.Contains([]string{"remote-code", "code-file", "config-import", "embedded-script", "keras-lambda", "graph-operator", "custom-operator"}, f.Rule)
}

func isFormat(f bom.Finding) bool {
	return slices.Contains([]string{"unsafe-format", "not-read", "content-absent"}, f.Rule)
}

func isOther(f bom.Finding) bool {
	for _, prefix := range []string{"origin-", "licence-", "digest-mismatch", "fact-", "review-of-other-bytes", "exception-"} {
		if strings.HasPrefix(f.Rule, prefix) {
			return false
		}
	}
	return !isCode(f) && !isFormat(f)
}

// wasObserved reports whether the document holds observations about security.
// Without them the absence of findings shows nothing.
func (x *gradedPart) wasObserved() bool {
	return slices.ContainsFunc(each(x.d.Properties, propObserved, 2), func(f []string) bool { return f[0] == "security" })
}

func (x *gradedPart) observed() Reason {
	if !x.wasObserved() {
		return reason(reasonObserved, LevelNotShown, propObserved, "The document does not say that the files were looked at for security; that it holds no finding shows nothing.")
	}
	return reason(reasonObserved, LevelMet, propObserved, "The files were looked at for security.")
}

// weigh takes the gravest finding of some rules.
func (x *gradedPart) weigh(id string, wanted func(bom.Finding) bool, nothing string) Reason {
	out := reason(id, LevelMet, string(x.c.Ref), "%s", nothing)
	switch {
	case !x.wasObserved():
		out = reason(id, LevelNotShown, string(x.c.Ref), "It was not looked at.")
	case len(x.filesOf[x.c.Ref]) == 0:
		out = reason(id, LevelNotShown, string(x.c.Ref), "Which files hold it is not known, nor what was found in them.")
	}
	for _, f := range x.findings(wanted) {
		out = worst(out, reason(id, levelOf(f), f.Path, "A finding says: %s (%s, %s).", message(f), clean(f.Rule), clean(string(f.Severity))))
	}
	return out
}

// levelOf is the level that a finding about security allows.
func levelOf(f bom.Finding) Level {
	switch {
	case f.Rule == "content-absent", f.Rule == "scan-incomplete":
		return LevelNotShown // what was not seen was not judged
	case f.Rule == "not-read":
		return LevelNotMet
	case f.Rule == "unsafe-format":
		return LevelPartly
	}
	switch f.Severity {
	case bom.SeverityCritical, bom.SeverityHigh:
		return LevelNotMet
	case bom.SeverityMedium:
		return LevelPartly
	case bom.SeverityLow, bom.SeverityInfo:
		return LevelMet
	}
	return LevelNotMet // of another tool, in a word that is not known
}

// A review is one that a person stated.
type review struct {
	by, date, scope, result, digest, state, link string
	day                                          time.Time
}

// review looks for a review of these bytes. A rejection stands until a later
// review of the same bytes accepts them.
func (x *gradedPart) review() Reason {
	place := string(x.c.Ref) + " " + propReview
	var good, bad review
	best := Reason{}
	other, old := 0, 0
	for _, f := range each(x.c.Properties, propReview, 7) {
		r := review{f[0], f[1], f[2], f[3], f[4], f[5], f[6], time.Time{}}
		r.day, _ = time.Parse(time.DateOnly, r.date)
		if _, bound := x.holds(x.c, r.digest, r.state); !bound || r.state != stateBound {
			other++
			continue
		}
		if r.result != "rejected" && x.reviewDays > 0 && (r.day.IsZero() || !x.now.IsZero() && x.now.After(r.day.AddDate(0, 0, x.reviewDays+1))) {
			old++
			continue
		}
		switch r.result {
		case "rejected":
			if bad.result == "" || r.day.After(bad.day) {
				bad = r
			}
		case "accepted", "conditional":
			n := reason(reasonReview, map[bool]Level{true: LevelMet, false: LevelPartly}[r.result == "accepted"], place, "%s", r.words())
			if best.ID == "" || n.Level.AtLeast(best.Level) && n.Level != best.Level {
				best = n
			}
			if good.result == "" || r.day.After(good.day) {
				good = r
			}
		}
	}
	switch {
	case bad.result != "" && !(good.result != "" && good.day.After(bad.day)):
		return reason(reasonReview, LevelNotMet, place, "%s", bad.words())
	case best.ID != "":
		return best
	case old > 0:
		return reason(reasonReview, LevelNotShown, place, "Its review is older than this policy allows.")
	case other > 0:
		return reason(reasonReview, LevelNotShown, place, "It was reviewed, and the review is of other bytes, which does not count.")
	}
	return reason(reasonReview, LevelNotShown, place, "No security review of these bytes is stated.")
}

// words tell of a review in a sentence.
func (r review) words() string {
	s := "A review by " + clean(r.by)
	if r.date != "" {
		s += " on " + clean(r.date)
	}
	if r.scope != "" {
		s += " (" + clean(r.scope) + ")"
	}
	s += map[string]string{"accepted": " accepted it", "conditional": " accepted it with conditions", "rejected": " rejected it"}[r.result]
	if r.link != "" {
		s += ": " + clean(r.link)
	}
	return s + "."
}
