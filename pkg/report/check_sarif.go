package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/policy"
	"github.com/modelbom/modelbom/pkg/wording"
)

// What GitHub takes of one SARIF file ("SARIF support for code scanning").
// Beyond, it refuses the file.
const (
	maxSARIFResults = 25_000
	maxSARIFRules   = 25_000
)

// CheckSARIF writes what fails in a check, what cannot be shown, what is excepted,
// and the findings of the document as SARIF 2.1.0 in one run, since GitHub takes
// one run of a tool. What is excepted is suppressed, with the reason. The gravest
// results come first; beyond 25,000 results the others are counted.
//
// A result is about a file of the repository, by a relative address, or about the
// document, with the component as the logical location. Its fingerprint is made
// from rule, file, component and place and not from its words, so that it is the
// same result in the next round.
func CheckSARIF(w io.Writer, d *bom.Document, results []*policy.Result, o CheckOptions) error {
	s := &sarifWriter{view: newView(d), o: o, rules: []sarifRule{}, at: map[string]int{}, seen: map[string]int{}}
	for _, r := range o.Rules {
		s.rule(r.ID, r.Severity, "")
	}
	var complaints []sarifComplaint
	for _, r := range results {
		complaints = append(complaints, complaintsOf(r)...)
	}
	for _, f := range d.Findings {
		complaints = append(complaints, sarifComplaint{Verification: policy.Verification{Rule: f.Rule, Outcome: policy.Fail, Severity: f.Severity, Ref: f.Ref, Path: f.Path, Text: f.Message}, key: f.Key})
	}
	slices.SortStableFunc(complaints, func(a, b sarifComplaint) int { return cmp.Compare(severityRank(a.Severity), severityRank(b.Severity)) })
	run := sarifRun{ColumnKind: "utf16CodeUnits", Results: []sarifResult{}, Invocations: []sarifInvocation{{ExecutionSuccessful: true}},
		Bases: map[string]sarifMessageOf{"%SRCROOT%": {sarifMessage{Text: "The repository of the model, with the document in it."}}}}
	for _, c := range complaints[:min(len(complaints), maxSARIFResults)] {
		run.Results = append(run.Results, s.result(c))
	}
	if left := len(complaints) - maxSARIFResults; left > 0 {
		run.Invocations[0].Notifications = []sarifNotification{{Level: "warning", Message: sarifMessage{
			Text: fmt.Sprintf("%s left out: no more than %s are taken.", wording.CountThousands(left, "result of lower severity is", "results of lower severity are"), wording.Thousands(maxSARIFResults))}}}
	}
	run.Automation.ID = "modelbom/" + s.document() + "/"
	run.Tool.Driver = sarifDriver{Name: cmp.Or(shown(o.Tool.Name), "modelbom"), Version: shown(o.Tool.Version), Information: "https://github.com/modelbom/modelbom", Rules: s.rules}
	run.Properties = sarifOutcomes{outcomesOf(results)}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

// A sarifComplaint is what becomes one result.
type sarifComplaint struct {
	policy.Verification
	policy string
	key    string // the place in the file
}

// complaintsOf are those of one policy. A policy that does not pass has at least
// one, so that no viewer takes it for passed.
func complaintsOf(r *policy.Result) []sarifComplaint {
	var out []sarifComplaint
	for _, v := range r.Checks {
		if v.Outcome != policy.Pass && v.Outcome != policy.NotApplicable {
			out = append(out, sarifComplaint{Verification: v, policy: r.Policy})
		}
	}
	for _, e := range r.Elements {
		if v, missing := elementCheck(r, e); missing {
			out = append(out, sarifComplaint{Verification: v, policy: r.Policy})
		}
	}
	if len(out) == 0 && r.Outcome == policy.Excepted || !slices.ContainsFunc(out, func(c sarifComplaint) bool { return stops(c.Outcome) }) && stops(r.Outcome) {
		out = append(out, sarifComplaint{Verification: policy.Verification{Rule: r.Policy, Outcome: r.Outcome, Severity: bom.SeverityMedium, Text: r.Sentence}, policy: r.Policy})
	}
	return out
}

// stops reports the outcomes that do not pass.
func stops(o policy.Outcome) bool { return o == policy.Fail || o == policy.NotShown }

// elementCheck is a minimum element as the check of a rule. What is missing is no
// graver than the policy takes it: one that passes all the same only tells of it.
func elementCheck(r *policy.Result, e policy.Element) (v policy.Verification, missing bool) {
	v = policy.Verification{Rule: cmp.Or(e.Rule, r.Policy), Outcome: policy.Pass, Severity: bom.SeverityMedium, Text: fmt.Sprintf("%s: %s is there: %s", e.Cluster, e.Name, e.Value)}
	if e.State == policy.ElementPresent {
		return v, false
	}
	who := "The program can derive it"
	if e.State == policy.ElementPerson {
		who = "Only a person can supply it"
	}
	v.Outcome, v.Text = policy.Fail, fmt.Sprintf("%s: %s is missing. %s. Place: %s", e.Cluster, e.Name, who, e.Place)
	if r.Outcome == policy.Pass || r.Outcome == policy.Excepted || r.Outcome == policy.NotApplicable {
		v.Severity = bom.SeverityInfo
	}
	return v, true
}

type sarifWriter struct {
	*view
	o     CheckOptions
	rules []sarifRule
	at    map[string]int // rules by identifier
	seen  map[string]int // results by fingerprint
}

// rule gives a rule its place in the list, and adds one that nobody explained.
// The last place stands for all that there is no room for.
func (s *sarifWriter) rule(id string, severity bom.Severity, policyName string) int {
	id = bom.Cut(cmp.Or(shown(id), "unnamed"), maxRuleID)
	if i, ok := s.at[id]; ok {
		return i
	}
	if len(s.rules) == maxSARIFRules-1 {
		id = "other"
		if i, ok := s.at[id]; ok {
			return i
		}
	}
	r := policy.Rule{ID: id, Title: id, Severity: severity}
	if i := slices.IndexFunc(s.o.Rules, func(r policy.Rule) bool { return r.ID == id }); i >= 0 {
		r = s.o.Rules[i]
	}
	s.at[id] = len(s.rules)
	s.rules = append(s.rules, sarifRuleOf(id, r, policyName))
	return s.at[id]
}

// maxRuleID is as long as GitHub shows.
const maxRuleID = 255

func sarifRuleOf(id string, r policy.Rule, policyName string) sarifRule {
	out := sarifRule{ID: id, Short: sarifMessage{Text: sarifText(cmp.Or(shown(r.Title), id))}, Configuration: sarifConfiguration{sarifLevel(r.Severity)}}
	out.Full.Text = cmp.Or(sarifText(shown(r.Why)), out.Short.Text)
	var help, marked []string
	for _, p := range []struct{ head, text string }{{"Why it matters", shown(r.Why)}, {"What to do", shown(r.Remedy)}} {
		if p.text != "" {
			help = append(help, p.head+": "+sarifText(p.text))
			marked = append(marked, "**"+p.head+".** "+markdownText(p.text))
		}
	}
	if help == nil {
		help, marked = []string{out.Short.Text}, []string{markdownText(out.Short.Text)}
	}
	out.Help = sarifMessage{Text: strings.Join(help, "\n\n"), Markdown: strings.Join(marked, "\n\n")}
	out.Properties.Tags = []string{"ai-model", "supply-chain"}
	if score := securitySeverity(r.Severity); score != "" {
		out.Properties.SecuritySeverity = score
		out.Properties.Tags = append(out.Properties.Tags, "security")
	}
	if policyName != "" {
		out.Properties.Tags = append(out.Properties.Tags, bom.Cut(shown(policyName), maxRuleID))
	}
	slices.Sort(out.Properties.Tags)
	return out
}

// securitySeverity is within GitHub's bounds: critical above 9, high above 7,
// medium above 4, low above 0. What only tells has none.
func securitySeverity(s bom.Severity) string {
	switch s {
	case bom.SeverityCritical:
		return "9.5"
	case bom.SeverityHigh:
		return "8.0"
	case bom.SeverityMedium:
		return "5.5"
	case bom.SeverityLow:
		return "3.0"
	}
	return ""
}

func sarifLevel(s bom.Severity) string {
	switch s {
	case bom.SeverityCritical, bom.SeverityHigh:
		return "error"
	case bom.SeverityMedium:
		return "warning"
	}
	return "note"
}

func (s *sarifWriter) result(c sarifComplaint) sarifResult {
	i := s.rule(c.Rule, c.Severity, c.policy)
	out := sarifResult{RuleID: s.rules[i].ID, RuleIndex: i, Level: sarifLevel(c.Severity), Kind: "fail", Message: sarifMessage{Text: cmp.Or(sarifText(shown(c.Text)), s.rules[i].Short.Text)}}
	out.Locations = []sarifLocation{s.location(c)}
	out.Properties = sarifResultProperties{Outcome: string(c.Outcome), Severity: shown(string(c.Severity)), Policy: shown(c.policy), Key: shown(c.key)}
	print := fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%q %q %q %q %q", c.policy, c.Rule, c.Path, c.Ref, c.key)))[:32]
	s.seen[print]++
	print += ":" + strconv.Itoa(s.seen[print])
	// The first name is the only one that GitHub looks at.
	out.Fingerprints = map[string]string{"primaryLocationLineHash": print, "modelbomCheck/v1": print}
	if c.Outcome == policy.Excepted {
		out.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted", Justification: shown(c.Text)}}
	}
	return out
}

// location places a complaint in its file, or else in the document.
func (s *sarifWriter) location(c sarifComplaint) sarifLocation {
	var out sarifLocation
	uri, ok := relativeURI(c.Path)
	out.Physical.Artifact = sarifArtifact{uri, "%SRCROOT%"}
	out.Physical.Region = sarifRegion{StartLine: 1}
	if !ok {
		out.Physical.Artifact.URI = s.document()
	} else if n, ok := byteOf(c.Text); ok {
		out.Physical.Region = sarifRegion{ByteOffset: &n, ByteLength: 1}
	}
	ref := cmp.Or(c.Ref, s.Subject)
	if component := s.byRef[ref]; component != nil {
		out.Logical = []sarifLogical{{cmp.Or(bom.Cut(partLabel(component), maxSpan), shown(titled(component))), shown(string(ref)), "component"}}
	}
	return out
}

// atByte is how our findings name a place in a file.
var atByte = regexp.MustCompile(`(?:\(| at )byte ([0-9]{1,15})\b`)

// byteOf finds the place in a file. The last is ours: what stands before it can be
// quoted from the file.
func byteOf(text string) (int64, bool) {
	all := atByte.FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		return 0, false
	}
	n, err := strconv.ParseInt(all[len(all)-1][1], 10, 64)
	return n, err == nil
}

// document is the address of the checked document.
func (s *sarifWriter) document() string {
	name := strings.ReplaceAll(s.o.Document, `\`, "/")
	if uri, ok := relativeURI(name); ok && name != "-" {
		return uri
	}
	if uri, ok := relativeURI(name[strings.LastIndexByte(name, '/')+1:]); ok && name != "-" {
		return uri // GitHub refuses what leaves the repository
	}
	return "bom"
}

// relativeURI makes a relative reference (RFC 3986, 4.2) of a path; false is a
// path that is empty, absolute, or leaves the repository.
func relativeURI(path string) (string, bool) {
	path = strings.TrimPrefix(path, "./")
	if path == "" || strings.HasPrefix(path, "/") || len(path) > 1 && path[1] == ':' {
		return "", false
	}
	for segment := range strings.SplitSeq(path, "/") {
		if segment == ".." || segment == "." || segment == "" {
			return "", false
		}
	}
	var b strings.Builder
	for _, c := range []byte(bom.Cut(bom.Clean(path), maxSpan)) {
		if letter(c) && c < 0x80 || digit(c) || strings.IndexByte("-.~/", c) >= 0 {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String(), true
}

// sarifText keeps text of a document from being a placeholder or a link (SARIF
// 2.1.0, 3.11.5 and 3.11.6).
func sarifText(s string) string {
	return placeholder.ReplaceAllString(strings.ReplaceAll(s, "](", `\](`), "{$0}")
}

var placeholder = regexp.MustCompile(`\{[0-9]+\}`)

// outcomesOf are the policies with what they come to, for readers that look
// further than at results.
func outcomesOf(results []*policy.Result) []sarifOutcome {
	out := []sarifOutcome{}
	for _, r := range results {
		x := sarifOutcome{Policy: shown(r.Policy), Version: shown(r.Version), Digest: shown(r.Digest), Outcome: string(r.Outcome), Sentence: shown(r.Sentence)}
		for _, p := range r.Parameters {
			x.Parameters = append(x.Parameters, shown(p.Name)+"="+shown(p.Value))
		}
		out = append(out, x)
	}
	return out
}
