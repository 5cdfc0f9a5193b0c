package policy_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/policy"
)

func except(values ...string) func(*bom.Document) {
	return func(d *bom.Document) {
		for _, v := range values {
			d.Properties = append(d.Properties, bom.Property{Name: "modelbom:exception", Value: v})
		}
	}
}

func day(s string) time.Time {
	d, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return d
}

// TestExceptions: what an exception covers still shows as what it is; it does not
// decide. One that has expired covers nothing, and is named.
func TestExceptions(t *testing.T) {
	remote := finding("remote-code", bom.SeverityHigh, "file:config.json", "auto_map names modeling.py")
	for _, c := range []struct {
		name      string
		team      string
		change    func(*bom.Document)
		exception string
		now       string
		policy    string
		outcome   policy.Outcome
		state     string // of the exception, "" when it is not mentioned
	}{
		{"of a finding", "team-3", remote, "remote-code | | 2026-12-31 | read line by line | the board", "2026-11-01", policy.Graded, policy.Excepted, "used"},
		{"of a finding at its place", "team-3", remote, "remote-code | file:config.json | 2026-12-31 | read | the board", "2026-11-01", policy.Graded, policy.Excepted, "used"},
		{"of a finding elsewhere", "team-3", remote, "remote-code | file:other.json | 2026-12-31 | read | the board", "2026-11-01", policy.Graded, policy.Fail, ""},
		{"of a reason", "team-3", remote, "security.code | part:vision-encoder | 2026-12-31 | read | the board", "2026-11-01", policy.Graded, policy.Excepted, "used"},
		{"of a grade", "team-3", remote, "graded.security-reviewed | part:vision-encoder | 2026-12-31 | read | the board", "2026-11-01", policy.Graded, policy.Excepted, "used"},
		{"on its last day", "team-3", remote, "remote-code | | 2026-12-31 | read | the board", "2026-12-31", policy.Graded, policy.Excepted, "used"},
		{"a day later", "team-3", remote, "remote-code | | 2026-12-31 | read | the board", "2027-01-01", policy.Graded, policy.Fail, "expired"},
		{"without a clock", "team-3", remote, "remote-code | | 2026-12-31 | read | the board", "", policy.Graded, policy.Excepted, "used"},
		{"without an end", "team-3", remote, "remote-code | | | read | the board", "2026-11-01", policy.Graded, policy.Fail, "invalid"},
		{"of what does not fail", "team-3", func(*bom.Document) {}, "security.code | | 2026-12-31 | read | the board", "2026-11-01", policy.Graded, policy.Pass, "unused"},
		{"of another policy", "team-3", func(*bom.Document) {}, "from-scratch.weights | | 2026-12-31 | r | b", "2026-11-01", policy.Graded, policy.Pass, ""},
		{"of weights", "team-2", func(*bom.Document) {}, "from-scratch.weights | part:vision-encoder | 2026-12-31 | until round 2 | the board", "2026-11-01", policy.FromScratch, policy.Excepted, "used"},
		{"of weights of another part", "team-2", func(*bom.Document) {}, "from-scratch.weights | part:projector | 2026-12-31 | r | b", "2026-11-01", policy.FromScratch, policy.Fail, "unused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := team(t, c.team)
			c.change(d)
			except(c.exception)(d)
			o := policy.Options{}
			if c.now != "" {
				o.Now = day(c.now).Add(23 * time.Hour)
			}
			r := check(t, c.policy, d, o)
			state := ""
			if len(r.Exceptions) > 0 {
				state = r.Exceptions[0].State
			}
			if r.Outcome != c.outcome || state != c.state {
				t.Errorf("%s, exception %q, want %s and %q: %s", r.Outcome, state, c.outcome, c.state, r.Sentence)
			}
			if c.outcome == policy.Excepted {
				if c.policy == policy.Graded && part(t, r, encoder).Grades[2].Level == policy.LevelMet {
					t.Error("an exception made a grade better")
				}
				if !slices.ContainsFunc(r.Checks, func(v policy.Verification) bool {
					return v.Outcome == policy.Excepted && strings.Contains(v.Text, "xception")
				}) {
					t.Errorf("no check tells of the exception: %+v", r.Checks)
				}
			}
		})
	}
}

// TestReviewsAge: a review holds for as long as the policy says, a rejection
// until a later review accepts.
func TestReviewsAge(t *testing.T) {
	digest := team(t, "team-3").Component(encoder).Model.WeightsDigest
	rejection := func(date string) func(*bom.Document) {
		return func(d *bom.Document) {
			set(d, encoder, "modelbom:review", "Other | "+date+" | all | rejected | "+digest+" | bound | ")
		}
	}
	for _, c := range []struct {
		name   string
		change func(*bom.Document)
		days   string
		level  policy.Level
	}{
		{"young", func(*bom.Document) {}, "31", policy.LevelMet},
		{"old", func(*bom.Document) {}, "30", policy.LevelNotShown},
		{"rejected before", rejection("2026-09-01"), "0", policy.LevelMet},
		{"rejected on the same day", rejection("2026-10-01"), "0", policy.LevelNotMet},
		{"rejected afterwards", rejection("2026-10-02"), "0", policy.LevelNotMet},
		{"rejected long ago, and accepted too long ago", rejection("2026-09-01"), "10", policy.LevelNotMet},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := team(t, "team-3")
			c.change(d)
			r := check(t, policy.Graded, d, policy.Options{Now: day("2026-11-01").Add(time.Hour), Parameters: map[string]string{"review-days": c.days}})
			if g := part(t, r, encoder).Grades[2]; g.Level != c.level {
				t.Errorf("%s, want %s: %+v", g.Level, c.level, g.Reasons)
			}
		})
	}
}

// TestParameters: a value that makes no sense is an error that names it.
func TestParameters(t *testing.T) {
	d := team(t, "team-1")
	for _, c := range []struct{ policy, name, value string }{
		{policy.FromScratch, "home", "Korea"}, {policy.FromScratch, "tokenizer-reuse", "maybe"}, {policy.FromScratch, "compared-with", "nothing"},
		{policy.Graded, "home", "kr"}, {policy.Graded, "min-auditable", "good"}, {policy.Graded, "max-share", "NaN"}, {policy.Graded, "max-share", "50 %"},
		{policy.Graded, "review-days", "-1"}, {policy.Graded, "own", ""},
	} {
		r, err := named(t, c.policy).Check(d, policy.Options{Parameters: map[string]string{c.name: c.value}})
		if err == nil || r != nil || !strings.Contains(err.Error(), c.name) {
			t.Errorf("%s %s=%q: %v, %v", c.policy, c.name, c.value, r, err)
		}
	}
	r := check(t, policy.Graded, d, policy.Options{Parameters: map[string]string{"min-replaceable": "met", "of-another-policy": "x"}})
	if !slices.Contains(r.Parameters, bom.Property{Name: "min-replaceable", Value: "met"}) || slices.ContainsFunc(r.Parameters, func(p bom.Property) bool { return p.Name == "of-another-policy" }) {
		t.Errorf("parameters %v", r.Parameters)
	}
}

// TestMinimumDecides: the same grades pass or not as the parameters say.
func TestMinimumDecides(t *testing.T) {
	d := team(t, "team-3")
	component(d).Properties = without(component(d).Properties, "modelbom:stated:training-data") // auditable in part
	for value, want := range map[string]policy.Outcome{"partly-met": policy.Pass, "met": policy.Fail, "cannot-be-shown": policy.Pass} {
		if r := check(t, policy.Graded, d, policy.Options{Parameters: map[string]string{"min-auditable": value}}); r.Outcome != want {
			t.Errorf("min-auditable=%s: %s, want %s", value, r.Outcome, want)
		}
	}
}

// TestRulesExplainAll: whatever a check can be about is explained.
func TestRulesExplainAll(t *testing.T) {
	for _, name := range []string{policy.FromScratch, policy.Graded} {
		known := map[string]bool{}
		for _, r := range named(t, name).Rules() {
			if known[r.ID] || r.Title == "" || r.Severity == "" || r.Why == "" || r.Remedy == "" {
				t.Errorf("%s: the rule %q is there twice or explains nothing", name, r.ID)
			}
			known[r.ID] = true
		}
		for i := 1; i <= 5; i++ {
			r := check(t, name, team(t, "team-"+string(rune('0'+i))), policy.Options{})
			if len(r.Checks) == 0 || !strings.HasPrefix(r.Digest, "sha256:") || r.Version == "" || r.Sentence == "" {
				t.Errorf("%s says too little: %+v", name, r)
			}
			for _, v := range r.Checks {
				if !known[v.Rule] || v.Text == "" || v.Severity == "" || v.Outcome == "" {
					t.Errorf("%s: a check without a known rule, words or severity: %+v", name, v)
				}
			}
			for _, p := range r.Parts {
				for _, g := range p.Grades {
					for _, x := range g.Reasons {
						if !known[x.ID] || x.Text == "" || x.Place == "" {
							t.Errorf("a reason without a known rule, words or place: %+v", x)
						}
					}
				}
			}
		}
	}
}

// TestChecksAreRepeatable: equal documents give equal results, and a check
// changes nothing.
func TestChecksAreRepeatable(t *testing.T) {
	for _, name := range []string{policy.FromScratch, policy.Graded} {
		d, twin := team(t, "team-4"), team(t, "team-4")
		first := check(t, name, d, policy.Options{})
		for range 5 {
			if diff := cmp.Diff(first, check(t, name, d, policy.Options{})); diff != "" {
				t.Fatalf("%s (-first +next):\n%s", name, diff)
			}
		}
		if diff := cmp.Diff(twin, d); diff != "" {
			t.Errorf("%s changed the document:\n%s", name, diff)
		}
	}
}

// TestStrangeDocuments: documents that are empty, refer to nothing, or hold text
// of strangers get a result without a pass, and clean words.
func TestStrangeDocuments(t *testing.T) {
	hostile := "\x1b[31m\u202e<script>" + strings.Repeat("x", 5000)
	documents := map[string]*bom.Document{
		"empty":        {},
		"no subject":   {Subject: "nowhere"},
		"another tool": {Subject: "m", Components: []bom.Component{{Ref: "m", Kind: bom.KindModel, Name: "model"}}},
		"an application": {Subject: "m", Components: []bom.Component{{Ref: "m", Kind: bom.KindApplication, Name: "app"},
			{Ref: "x", Kind: bom.KindModel, Name: "inner"}}, Relationships: []bom.Relationship{{From: "m", Type: bom.Contains, To: "x"}}},
		"dangling": {Subject: "m", Components: []bom.Component{{Ref: "m", Kind: bom.KindModel}, {Ref: "p", Role: bom.RoleLanguageModel, Origins: []bom.Origin{{Reference: "gone", Verdict: bom.VerdictIdentical}}}},
			Relationships: []bom.Relationship{{From: "p", Type: bom.DescendantOf, To: "also gone"}}, Findings: []bom.Finding{{Rule: "x", Ref: "gone"}}, Gaps: []bom.Gap{{Kind: bom.GapUnreadWeights, Ref: "gone"}}},
		"hostile text": {Subject: "m", Components: []bom.Component{{Ref: "m", Kind: bom.KindModel, Name: hostile},
			{Ref: bom.Ref("part:other:" + hostile), Role: bom.RoleOther, Origins: []bom.Origin{{Reference: "up", Verdict: bom.VerdictTrainedFrom, Strength: bom.Strength(hostile), Sentence: hostile}},
				Properties: []bom.Property{{Name: "modelbom:review", Value: hostile}, {Name: "modelbom:stated:own", Value: `\|\\||||` + hostile}}},
			{Ref: "up", Name: hostile, Supplier: &bom.Organization{Name: hostile, Country: hostile}}},
			Properties: []bom.Property{{Name: "modelbom:exception", Value: hostile}}},
	}
	for name, d := range documents {
		for _, p := range []string{policy.FromScratch, policy.Graded} {
			r := check(t, p, d, policy.Options{})
			if r.Outcome == policy.Pass || r.Outcome == policy.NotApplicable {
				t.Errorf("%s passes %s: %s", name, p, r.Sentence)
			}
			texts := []string{r.Sentence}
			for _, x := range r.Parts {
				texts = append(texts, x.Sentence, x.Name)
				for _, g := range x.Grades {
					for _, y := range g.Reasons {
						texts = append(texts, y.Text, y.Place)
					}
				}
			}
			for _, v := range r.Checks {
				texts = append(texts, v.Text)
			}
			for _, s := range texts {
				if bom.Clean(s) != s || len([]rune(s)) > bom.MaxText {
					t.Errorf("%s: text that is not clean or too long: %q", name, bom.Cut(s, 100))
				}
			}
		}
	}
}

// TestCostIsBounded: a document made to take forever is refused.
func TestCostIsBounded(t *testing.T) {
	d := &bom.Document{Subject: "m", Components: []bom.Component{{Ref: "m", Kind: bom.KindModel}}}
	for i := range 3000 {
		d.Components = append(d.Components, bom.Component{Ref: bom.Ref("part:other:" + strings.Repeat("i", i)), Role: bom.RoleOther})
		d.Findings = append(d.Findings, bom.Finding{Rule: "secret", Severity: bom.SeverityHigh})
	}
	start := time.Now()
	for _, p := range []string{policy.FromScratch, policy.Graded} {
		if _, err := named(t, p).Check(d, policy.Options{}); err == nil || !strings.Contains(err.Error(), "too large") {
			t.Errorf("%s: %v", p, err)
		}
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %s", took)
	}
}
