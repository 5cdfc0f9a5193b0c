package security

import (
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/modelbom/modelbom/pkg/bom"
)

const (
	// maxRounds is how often a loop or repetition may run by numbers that stand
	// in the template. Real templates stay below a hundred.
	maxRounds = 10_000
	// maxProduct is the same for loops in loops.
	maxProduct = 1_000_000
	// maxBlanks is how many blanks may stand in a line before something else.
	maxBlanks = 300
)

// number is the value of a number, 0 for other tokens and for what is none.
func number(t token) int64 {
	if t.kind != tokenNumber {
		return 0
	}
	if n, err := strconv.ParseInt(t.text, 0, 64); err == nil {
		return n
	}
	if f, err := strconv.ParseFloat(strings.ReplaceAll(t.text, "_", ""), 64); err == nil && f < math.MaxInt64 {
		return int64(f)
	}
	return math.MaxInt64
}

// loop counts how often the loop at the i-th token runs at least, by the numbers
// in its range.
func (r *templateReader) loop(i int) {
	rounds, outer := int64(1), int64(1)
	ranged := false
	for j := i + 1; j < len(r.tokens) && r.token(j).kind != tokenEnd; j++ {
		if ranged = ranged || r.token(j).is("range"); ranged {
			rounds = max(rounds, number(r.token(j)))
		}
	}
	if n := len(r.rounds); n > 0 {
		outer = r.rounds[n-1]
	}
	product := int64(math.MaxInt64)
	if rounds < math.MaxInt64/outer {
		product = outer * rounds
	}
	r.rounds = append(r.rounds, product)
	if product > maxProduct && outer <= maxProduct && rounds <= maxRounds {
		r.issue(RuleTemplateLoop, bom.SeverityMedium, r.token(i).at, "loops in loops run %d times and more", product)
	}
}

// span judges the numbers of the range at the i-th token.
func (r *templateReader) span(i int) {
	for j := i + 2; j < min(len(r.tokens), i+maxAhead) && !r.token(j).is(")") && r.token(j).kind != tokenEnd; j++ {
		if t := r.token(j); number(t) > maxRounds {
			r.issue(RuleTemplateLoop, bom.SeverityMedium, t.at, "a range reaches %s", short(t.text, 40))
		}
	}
}

// product judges the numbers beside the operator * or ** at the i-th token.
func (r *templateReader) product(i int) {
	a, b := number(r.token(i-1)), number(r.token(i+1))
	if r.token(i).text == "**" && (b > 16 || a > maxRounds) || max(a, b) > maxRounds && (r.token(i-1).kind != tokenNumber || r.token(i+1).kind != tokenNumber) {
		r.issue(RuleTemplateLoop, bom.SeverityMedium, r.token(i).at, "a product or power with the number %s can take memory without bound", short(r.token(i+1).text, 40))
	}
}

// wide reports a text that formats to a huge width: "%100000000s", "{:>99999999}".
func wide(s string) bool {
	digits := 0
	for i := len(s) - 1; i >= 0; i-- {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			digits++
		case digits > 5 && strings.IndexByte("%><^:", c) >= 0 && strings.ContainsAny(s, "%{"):
			return true
		default:
			digits = 0
		}
	}
	return false
}

// hidden looks for characters that people do not see, in all of the template.
func (r *templateReader) hidden(text string) {
	blanks := 0
	prev := rune(0)
	for i, c := range text {
		if c == ' ' || c == '\t' {
			blanks++
		} else {
			if blanks > maxBlanks && c != '\n' && c != '\r' {
				r.issue(RuleTemplateHidden, bom.SeverityLow, i, "something stands behind %d blanks in a line", blanks)
			}
			blanks = 0
		}
		if what := invisible(c, prev, i); what != "" {
			r.issue(RuleTemplateHidden, bom.SeverityMedium, i, "%s (U+%04X)", what, c)
		}
		prev = c
	}
	for _, t := range r.tokens {
		if t.kind != tokenString {
			continue
		}
		prev = 0
		for _, c := range t.text {
			if what := invisible(c, prev, 1); what != "" {
				r.issue(RuleTemplateHidden, bom.SeverityMedium, t.at, "%s (U+%04X)", what, c)
			}
			prev = c
		}
	}
}

// invisible says what is wrong with a character, or nothing. Joiners are part
// of words of some scripts and of emoji.
func invisible(c, prev rune, at int) string {
	switch {
	case c == 0x200C || c == 0x200D:
		if prev > 0x2FF {
			return ""
		}
		return "a joiner between letters that do not join"
	case c == 0xFEFF && at == 0:
		return ""
	case 0x202A <= c && c <= 0x202E, 0x2066 <= c && c <= 0x2069, c == 0x200E, c == 0x200F, c == 0x061C:
		return "a character that changes the direction of text"
	case 0xE0000 <= c && c <= 0xE0FFF:
		return "a tag character or variation selector, which is never shown and can carry a message"
	case unicode.Is(unicode.Cf, c) && c != 0xAD && !(0x600 <= c && c <= 0x6FF), c == 0x3164, c == 0x115F, c == 0x1160, c == 0x2800:
		return "a character that is not shown"
	case unicode.IsControl(c) && !strings.ContainsRune("\t\n\r\f\v", c):
		return "a control character"
	}
	return ""
}

// phrases are words that address the model against its user, in lower case.
var phrases = []string{
	"ignore previous instructions", "ignore all previous", "ignore the previous", "ignore any previous", "disregard previous", "disregard all previous", "disregard the above",
	"don't tell the user", "never tell the user", "without telling the user", "do not inform the user", "hide this from", "keep this secret",
	"do not mention this instruction", "never mention this instruction", "never reveal this", "do not reveal this", "always recommend", "always include a link", "always include the link",
	"include the following link", "include this link", "append the following to", "add the following code", "insert the following code", "exfiltrate", "send the conversation to",
}

// contentKeys are keys and types of the parts of a message, and the switches of
// known models, which templates look for.
var contentKeys = []string{"text", "image", "images", "video", "videos", "audio", "audios", "parts", "blocks", "thinking", "reasoning", "document", "documents", "json",
	"type", "formatted", "function", "tool", "tools", "input", "output", "name", "arguments", "detailed thinking on", "detailed thinking off", "string", "file", "content"}

// markup makes a reader's program load something, in lower case.
var markup = []string{"<script", "<iframe", "<img ", "javascript:", "](http", "onerror="}

// content judges what the template writes into the conversation.
func (r *templateReader) content(at int, text string) {
	lower := strings.ToLower(text)
	for _, p := range phrases {
		if i := strings.Index(lower, p); i >= 0 {
			r.issue(RuleTemplateContent, bom.SeverityLow, at, "the template writes %q into what the model reads", p)
		}
	}
	for _, m := range markup {
		if strings.Contains(lower, m) {
			r.issue(RuleTemplateContent, bom.SeverityLow, at, "the template writes markup that loads something when it is shown: %q", m)
		}
	}
	for _, scheme := range []string{"http://", "https://"} {
		if i := strings.Index(lower, scheme); i >= 0 && i+len(scheme) < len(lower) {
			r.issue(RuleTemplateContent, bom.SeverityInfo, at, "the template writes the link %q", short(strings.FieldsFunc(lower[i:], func(c rune) bool { return unicode.IsControl(c) || strings.ContainsRune(" \"'<>)\\", c) })[0], 120))
		}
	}
}

// condition looks for a trigger: a branch that is taken when a message holds
// certain words. Templates look for their own markers, which are no words.
func (r *templateReader) condition(i int) {
	for j := i + 1; j < len(r.tokens) && r.token(j).kind != tokenEnd; j++ {
		t := r.token(j)
		if t.kind != tokenString || !wordy(t.text) || oneOf(t.text, contentKeys...) {
			continue
		}
		before, after := r.token(j-1), r.token(j+1)
		switch {
		case after.is("in") && r.mentions(j+2, 1, "content"), before.is("==") && r.isContent(j-2),
			before.is("(") && oneOf(r.token(j-2).text, "startswith", "endswith", "find", "count", "index") && r.mentions(j-3, -1, "content"):
			r.issue(RuleTemplateContent, bom.SeverityLow, t.at, "what the model reads depends on whether a message holds %q", short(t.text, 80))
		}
	}
}

// mentions reports whether the operand that begins at the i-th token, in a
// direction, is called like this.
func (r *templateReader) mentions(i, step int, name string) bool {
	for n := 0; n < 12; n, i = n+1, i+step {
		t := r.token(i)
		switch {
		case t.kind == tokenBegin, t.kind == tokenEnd, t.kind == tokenText, t.is("and"), t.is("or"), t.is("if"), t.is("not"), t.is("=="), t.is("in"):
			return false
		case (t.kind == tokenName || t.kind == tokenString) && t.text == name:
			return true
		}
	}
	return false
}

// isContent reports whether the operand that ends at the i-th token is the
// content of a message: content, m.content, m['content'], or one of these with a
// filter.
func (r *templateReader) isContent(i int) bool {
	for n := 0; n < 4 && r.token(i).kind == tokenName && r.token(i-1).is("|"); n++ {
		i -= 2
	}
	return r.token(i).is("content") || r.token(i).is("]") && r.token(i-1).kind == tokenString && r.token(i-1).text == "content"
}

// wordy reports a text of words: letters and blanks, at least four letters.
func wordy(s string) bool {
	letters := 0
	for _, c := range s {
		switch {
		case unicode.IsLetter(c):
			letters++
		case c != ' ' && c != '-' && c != '\'' && c != ',' && c != '.' && c != '?' && c != '!' && !unicode.IsDigit(c):
			return false
		}
	}
	return letters >= 4
}
