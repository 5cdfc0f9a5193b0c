package security

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math"
	"regexp"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
)

const (
	// MaxSecretText bounds the text of one file that is searched for secrets,
	// in bytes.
	MaxSecretText = 8 << 20
	// maxSecrets bounds the secrets of one file.
	maxSecrets = 50
)

// A Secret is something that looks like a key, a token or a password. Its value
// is not kept.
type Secret struct {
	Kind     string // "a token of the Hugging Face hub"
	Severity bom.Severity
	Line     int // from 1
	Length   int // of the value, in characters
	number   int // in its line
}

func (s Secret) place() string {
	if s.number > 0 {
		return fmt.Sprintf("line %d (%d)", s.Line, s.number+1)
	}
	return fmt.Sprintf("line %d", s.Line)
}

// A secretKind is one form of secrets, as their issuers document it.
type secretKind struct {
	name     string
	severity bom.Severity
	// hint is a text that every such secret has; it makes the search fast.
	hint string
	// form has the value in its first group.
	form *regexp.Regexp
	// bits is the entropy that a value has at least, in bits per character;
	// what people write as an example has less.
	bits float64
	// check, when set, has the last word.
	check func(value string) bool
}

var secretKinds = []secretKind{
	{"a private key", bom.SeverityHigh, "PRIVATE KEY-----", regexp.MustCompile(`-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY-----(?:\\n|\s)*((?:[A-Za-z0-9+/=:, -]|\\n|\s){100,})-----END`), 3.5, nil},
	{"an access key of Amazon Web Services", bom.SeverityHigh, "A", regexp.MustCompile(`\b((?:AKIA|ASIA)[A-Z2-7]{16})\b`), 3.0, nil},
	{"a token of the Hugging Face hub", bom.SeverityHigh, "hf_", regexp.MustCompile(`\b(hf_[A-Za-z]{34})\b`), 3.5, nil},
	{"a token of the Hugging Face hub", bom.SeverityHigh, "api_org_", regexp.MustCompile(`\b(api_org_[A-Za-z]{34})\b`), 3.5, nil},
	{"a key of OpenAI or a service like it", bom.SeverityHigh, "sk-", regexp.MustCompile(`\b(sk-(?:proj-|svcacct-|admin-|ant-[a-z0-9]+-|or-v1-)?[A-Za-z0-9_-]{32,200})(?:[^A-Za-z0-9_-]|$)`), 3.7, mixed},
	{"a token of GitHub", bom.SeverityHigh, "gh", regexp.MustCompile(`\b(gh[pousr]_[A-Za-z0-9]{36,255})\b`), 3.5, nil},
	{"a token of GitHub", bom.SeverityHigh, "github_pat_", regexp.MustCompile(`\b(github_pat_[A-Za-z0-9_]{60,255})\b`), 3.5, nil},
	{"a token of GitLab", bom.SeverityHigh, "glpat-", regexp.MustCompile(`\b(glpat-[A-Za-z0-9_-]{20,64})`), 3.3, nil},
	{"a key of Google", bom.SeverityHigh, "AIza", regexp.MustCompile(`\b(AIza[A-Za-z0-9_-]{35})`), 3.5, nil},
	{"a token of Slack", bom.SeverityHigh, "xox", regexp.MustCompile(`\b(xox[abeoprs]-[A-Za-z0-9-]{20,255})`), 3.0, nil},
	{"a key of Stripe", bom.SeverityHigh, "_live_", regexp.MustCompile(`\b([rs]k_live_[A-Za-z0-9]{20,255})\b`), 3.3, nil},
	{"a token of PyPI", bom.SeverityHigh, "pypi-", regexp.MustCompile(`\b(pypi-AgE[A-Za-z0-9_-]{50,500})`), 3.7, nil},
	{"a token of npm", bom.SeverityHigh, "npm_", regexp.MustCompile(`\b(npm_[A-Za-z0-9]{36})\b`), 3.5, nil},
	{"a key of Weights & Biases", bom.SeverityMedium, "WANDB_API_KEY", regexp.MustCompile(`WANDB_API_KEY["']?\s{0,4}[=:]\s{0,4}["']?([0-9a-f]{40})\b`), 3.0, nil},
	{"a JSON Web Token", bom.SeverityMedium, "eyJ", regexp.MustCompile(`\b(eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,})`), 4.0, isJWT},
	{"a password in a URL", bom.SeverityMedium, "://", regexp.MustCompile(`[a-z][a-z0-9+.-]{1,20}://[^\s/:@"'<>{}$]{1,100}:([^\s/:@"'<>{}$]{6,100})@[A-Za-z0-9.-]{3,}`), 2.5, notExample},
}

// Secrets searches a text for what looks like secrets: forms that their issuers
// document, with as much disorder as real ones have.
func Secrets(text []byte) []Secret {
	if len(text) > MaxSecretText {
		text = text[:MaxSecretText]
	}
	var out []Secret
	lines := map[int]int{}
	for _, k := range secretKinds {
		if !bytes.Contains(text, []byte(k.hint)) {
			continue
		}
		for _, m := range k.form.FindAllSubmatchIndex(text, 4*maxSecrets) {
			value := string(text[m[2]:m[3]])
			if entropy(value) < k.bits || placeholder(value) || k.check != nil && !k.check(value) {
				continue
			}
			if len(out) == maxSecrets {
				return out
			}
			line := 1 + bytes.Count(text[:m[2]], []byte("\n"))
			out = append(out, Secret{k.name, k.severity, line, len(value), lines[line]})
			lines[line]++
		}
	}
	return out
}

// entropy is Shannon's, of a text's bytes, in bits per byte.
func entropy(s string) float64 {
	var counts [256]int
	for i := range len(s) {
		counts[s[i]]++
	}
	bits := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(s))
			bits -= p * math.Log2(p)
		}
	}
	return bits
}

// placeholder reports what people write where a secret belongs.
func placeholder(value string) bool {
	lower := strings.ToLower(value)
	for _, word := range []string{"xxxx", "example", "your", "placeholder", "abcdefgh", "12345678", "redacted", "dummy", "....", "****", "insert", "replace"} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	return false
}

// mixed reports whether a value has digits and letters, as random ones have and
// words joined by dashes have not.
func mixed(value string) bool {
	return strings.ContainsAny(value, "0123456789") && strings.ToLower(value) != value || strings.Count(value, "-") <= 1 && strings.ContainsAny(value, "0123456789")
}

func isJWT(value string) bool {
	head, _, _ := strings.Cut(value, ".")
	data, err := base64.RawURLEncoding.DecodeString(head)
	return err == nil && bytes.Contains(data, []byte(`"alg"`))
}

func notExample(value string) bool {
	switch strings.ToLower(value) {
	case "password", "passwd", "secret", "changeme", "postgres", "pass", "token":
		return false
	}
	return true
}
