package documents

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/policy"
)

// Results are a check of the showcase in which every outcome, level, answer and
// state occurs.
func Results() []*policy.Result {
	digest := "sha256:" + strings.Repeat("4b", 32)
	grades := func(levels ...policy.Level) []policy.Grade {
		var out []policy.Grade
		for i, n := range []string{"auditable", "licence-clean", "security-reviewed", "replaceable"} {
			out = append(out, policy.Grade{Name: n, Level: levels[i], Reasons: []policy.Reason{
				{ID: n + ".first", Level: policy.LevelMet, Text: "What is asked for is there.", Place: "component part:vision-encoder, hashes"},
				{ID: n + ".second", Level: levels[i], Text: "The reason that decides the grade, in a sentence that a committee can read.", Place: "property modelbom:review"},
			}})
		}
		return out
	}
	graded := &policy.Result{Policy: "graded", Title: "Graded transparency", Version: "1", Digest: digest, Outcome: policy.Fail,
		Sentence:   "A foreign part does not meet what graded transparency asks. Not met: the language model. Not shown: the projector. Excepted: the audio encoder. Foreign, and met: the vision encoder.",
		Parameters: []bom.Property{{Name: "allowed-suppliers", Value: ""}, {Name: "home", Value: "KR"}, {Name: "max-share", Value: "0.5"}},
		Parts: []policy.PartResult{
			{Ref: "part:language-model", Name: "language-model", Foreign: policy.ForeignYes, Outcome: policy.Fail, Overall: policy.LevelNotMet,
				Grades:   grades(policy.LevelPartly, policy.LevelMet, policy.LevelNotShown, policy.LevelNotMet),
				Sentence: "The language model holds weights of acme/base-32b of Acme, US (trained-from, evidence strong). Security-reviewed: cannot be shown, because no security review of these bytes is stated. Replaceable: not met, because it is 95.7 % of the model. Auditable: partly met, because nobody states what it was trained on. Licence-clean: met.",
				Reuse: []policy.Reuse{{Kind: policy.ReuseWeights, Upstream: "upstream:base", Verdict: bom.VerdictTrainedFrom, Outcome: policy.Fail, Text: "The weights continue those of acme/base-32b."},
					{Kind: policy.ReuseTokenizer, Upstream: "upstream:base", Verdict: bom.VerdictIdenticalValue, Outcome: policy.Pass, Text: "The tokenizer is that of acme/base-32b, with more tokens."}}},
			{Ref: "part:vision-encoder", Name: "vision-encoder", Foreign: policy.ForeignYes, Outcome: policy.Pass, Overall: policy.LevelMet, Grades: grades(policy.LevelMet, policy.LevelMet, policy.LevelMet, policy.LevelMet), Sentence: "The vision encoder is that of acme/vit-huge-14."},
			{Ref: "part:audio-encoder", Name: "audio-encoder", Foreign: policy.ForeignHome, Outcome: policy.Excepted, Overall: policy.LevelPartly, Grades: grades(policy.LevelMet, policy.LevelMet, policy.LevelPartly, policy.LevelMet)},
			{Ref: "part:projector", Name: "projector", Foreign: policy.ForeignUnknown, Outcome: policy.NotShown, Overall: policy.LevelNotShown, Grades: grades(policy.LevelNotShown, policy.LevelMet, policy.LevelNotShown, policy.LevelMet), Sentence: "The projector is not shown to be its producer's own."},
			{Ref: "part:head", Name: "head", Foreign: policy.ForeignNo, Outcome: policy.NotApplicable},
		},
		Checks: []policy.Verification{
			{Rule: "replaceable.share", Outcome: policy.Fail, Severity: bom.SeverityHigh, Ref: "part:language-model", Text: "The language model: not met, and has to be met at least in part. It is 95.7 % of the model."},
			{Rule: "house.code", Outcome: policy.Fail, Severity: bom.SeverityMedium, Ref: "file:modeling_haneul.py", Path: "modeling_haneul.py", Text: "Code of the repository runs when the model is loaded."},
			{Rule: "security.review", Outcome: policy.NotShown, Severity: bom.SeverityMedium, Ref: "part:projector", Text: "The projector: cannot be shown, and has to be met. Nobody reviewed these bytes."},
			{Rule: "security.review", Outcome: policy.Excepted, Severity: bom.SeverityMedium, Ref: "part:audio-encoder", Text: "The audio encoder: an exception until 2027-01-31 covers this: the review is under way."},
			{Rule: "graded.auditable", Outcome: policy.Pass, Severity: bom.SeverityMedium, Ref: "part:vision-encoder", Text: "The vision encoder: auditable is met."},
			{Rule: "graded.replaceable", Outcome: policy.NotApplicable, Severity: bom.SeverityLow, Ref: "part:head", Text: "It is of the home jurisdiction."},
		},
		Exceptions: []policy.ExceptionUse{
			{Rule: "security.review", Ref: "part:audio-encoder", Reason: "the review is under way", Expires: time.Date(2027, 1, 31, 0, 0, 0, 0, time.UTC), State: "used"},
			{Rule: "licence.conflict", Reason: "settled with the licensor", Expires: time.Date(2026, 6, 30, 0, 0, 0, 0, time.UTC), State: "expired"},
			{Rule: "auditable.digests", State: "invalid"},
		}}
	minimum := &policy.Result{Policy: "g7-minimum", Title: "Minimum elements of a bill of materials of an AI system", Version: "1", Digest: digest, Outcome: policy.NotShown,
		Sentence: "7 of 12 minimum elements are there; 2 can be derived and 3 only a person can supply."}
	for i := range 12 {
		e := policy.Element{Rule: fmt.Sprintf("g7-minimum.element-%d", i+1), Cluster: []string{"Metadata", "Models", "Datasets", "Security"}[i%4], Name: fmt.Sprintf("Element %d", i+1), State: policy.ElementPresent, Value: "the value that the document has"}
		if i >= 7 {
			e.State, e.Value, e.Place = policy.ElementPerson, "", "modelbom.yaml model.intended-use"
		}
		if i >= 10 {
			e.State, e.Place = policy.ElementDerivable, "generate --index"
		}
		minimum.Elements = append(minimum.Elements, e)
	}
	scratch := &policy.Result{Policy: "from-scratch", Title: "Every weight initialised and trained by the team", Version: "1", Digest: digest, Outcome: policy.Pass, Sentence: "Every weight was initialised and trained by the producer."}
	return []*policy.Result{graded, minimum, scratch}
}

// HostileResults are these with an attack in every text.
func HostileResults() []*policy.Result {
	list := Results()
	n := 0
	poison(reflect.ValueOf(&list).Elem(), &n)
	return list
}
