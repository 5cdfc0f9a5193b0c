package diff

import (
	"slices"
	"strconv"
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/wording"
)

// The facts about tokenizers that documents hold; docs/properties.md has their
// meaning.
const (
	tokenizerFacts  = "modelbom:tokenizer:"
	vocabularyCount = tokenizerFacts + "vocabulary"
	mergesCount     = tokenizerFacts + "merges"
	addedCount      = tokenizerFacts + "added-tokens"
	tokensDigest    = tokenizerFacts + "tokens-digest"
	mergesDigest    = tokenizerFacts + "merges-digest"
)

// tokenizer compares two tokenizers: by their fingerprints, else by the counts
// and digests that the documents hold, else by their files.
func (d *differ) tokenizer(old, new *node) {
	facts := d.tokenFacts(old, new)
	files := d.otherFiles(old, new)
	if len(facts) == 0 && !files {
		return
	}
	if has(old, tokensDigest) != has(new, tokensDigest) && d.unreadTokens(old, new, facts) {
		return
	}
	// Only another digest or count of tokens, or files that nothing else tells
	// of, are worth a comparison.
	told := has(old, tokensDigest) && has(new, tokensDigest) || has(old, vocabularyCount) && has(new, vocabularyCount)
	var t *TokenizerChange
	if d.options.Tokenizers != nil {
		if got, ok := d.options.Tokenizers(old.Ref, new.Ref); ok {
			got.Sentence = bom.Clean(got.Sentence)
			t = &got
		}
	}
	kind := tokenKind(t, old, new, told)
	if kind == "" && len(facts) == 0 {
		return // the same tokens: what else is in the files is told with them
	}
	if kind == "" {
		kind = ConfigurationChanged
	}
	x := d.change(kind, old, new)
	d.about[old], d.about[new] = x, x
	x.Tokenizer = t
	if d.tokens == nil && kind != ConfigurationChanged {
		d.tokens = x
	}
	x.rank = map[Kind]Importance{TokenizerReplaced: High, TokenizerChanged: Medium, TokenizerExtended: Medium, ConfigurationChanged: Low}[kind]
	x.claimFiles(old, new)
	x.tokenWords(old, new, told)
	for _, f := range facts {
		x.detail(f)
	}
}

func has(n *node, property string) bool { return n.property(property) != "" }

// tokenFacts lists the facts about two tokenizers that differ.
func (d *differ) tokenFacts(old, new *node) []string {
	names := map[string]bool{}
	for _, n := range []*node{old, new} {
		for _, p := range n.Properties {
			if strings.HasPrefix(p.Name, tokenizerFacts) {
				names[p.Name] = true
			}
		}
	}
	var out []string
	for _, name := range sortedKeys(names) {
		a, b := old.property(name), new.property(name)
		if a == b || d.oneSided(a, b, "fact about the tokenizer") {
			continue
		}
		out = append(out, strings.ReplaceAll(show(strings.TrimPrefix(name, tokenizerFacts)), "-", " ")+" "+turn(a, b))
	}
	return out
}

// otherFiles reports that a file of the two nodes is not the same one.
func (d *differ) otherFiles(old, new *node) bool {
	other := func(f *node) bool { return f.pair == nil || !f.sameBytes() }
	return slices.ContainsFunc(old.files, other) || slices.ContainsFunc(new.files, other)
}

// unreadTokens reports tokenizer facts that are gone, or there again, because
// their file could be read in one round only; the gap says so.
func (d *differ) unreadTokens(old, new *node, facts []string) bool {
	side, n := d.new, new
	if !has(old, tokensDigest) {
		side, n = d.old, old
	}
	for _, f := range n.files {
		if side.gapAt[f.path] || side.gapAt["\x00"+string(f.Ref)] {
			d.because = append(d.because, because{path: f.path, lines: facts, files: append(slices.Clone(old.files), new.files...)})
			return true
		}
	}
	return false
}

// A because is what a gap explains: facts that could not be read again.
type because struct {
	path  string
	lines []string
	files []*node
}

// tokenKind says what became of a tokenizer; empty when its tokens are the same.
func tokenKind(t *TokenizerChange, old, new *node, told bool) Kind {
	if t != nil {
		switch t.Relation {
		case TokensSame:
			return ""
		case TokensExtended:
			return TokenizerExtended
		case TokensReplaced:
			return TokenizerReplaced
		}
		return TokenizerChanged
	}
	if !told {
		return TokenizerChanged
	}
	if unequal(old.property(tokenizerFacts+"type"), new.property(tokenizerFacts+"type")) {
		return TokenizerReplaced
	}
	tokens, merges := old.property(tokensDigest) == new.property(tokensDigest), old.property(mergesDigest) == new.property(mergesDigest)
	more, fewer := growth(old, new)
	switch {
	case tokens && merges && more == 0 && fewer == 0:
		return ""
	case (tokens || merges && has(old, mergesDigest)) && more > 0 && fewer == 0:
		// The vocabulary or the merges are the old ones, and there is more.
		return TokenizerExtended
	}
	return TokenizerChanged
}

// growth is by how many tokens the vocabulary and the added tokens of a
// tokenizer grew, and by how many they shrank.
func growth(old, new *node) (more, fewer int) {
	for _, name := range []string{vocabularyCount, addedCount} {
		a, b := counted(old, name), counted(new, name)
		if b > a {
			more += b - a
		} else {
			fewer += a - b
		}
	}
	return more, fewer
}

func counted(n *node, name string) int {
	v, err := strconv.Atoi(n.property(name))
	if err != nil || v < 0 || v > 1<<40 {
		return 0
	}
	return v
}

// tokenWords writes before, after and the sentence about a tokenizer.
func (x *draft) tokenWords(old, new *node, told bool) {
	who := the(new)
	x.Before, x.After = tokens(old), tokens(new)
	more, fewer := growth(old, new)
	if t := x.Tokenizer; t != nil {
		x.detail(t.Sentence)
		if t.Added >= 0 && t.Removed >= 0 {
			more, fewer = t.Added, t.Removed
		}
	}
	switch x.Kind {
	case TokenizerExtended:
		x.Text = who + " was extended by " + wording.CountThousands(more, "token", "tokens") + "; the old ones were kept"
		if x.Tokenizer == nil {
			x.Text = who + " was extended by " + wording.CountThousands(more, "token", "tokens") + ", by its counts; "
			if old.property(tokensDigest) == new.property(tokensDigest) {
				x.Text += "the vocabulary itself is the old one"
			} else {
				x.Text += "the merges are the old ones"
			}
		}
	case TokenizerReplaced:
		x.Text = who + " was replaced: " + turn(x.Before, x.After)
	case TokenizerChanged:
		x.Text = who + " has other tokens" + moreOrFewer(more, fewer)
		switch {
		case x.Tokenizer != nil:
			x.Text += ": " + show(x.Tokenizer.Relation)
		case !told:
			x.Text = who + " has other files; what that does to its tokens is not known"
		default:
			x.Text += "; whether the old ones kept their ids is not known without fingerprints"
		}
	default:
		x.Before, x.After = "", ""
		x.Text = who + " has the same tokens and other settings"
	}
	x.Text = sentence(x.Text)
}

// tokens says in a few words what a tokenizer is.
func tokens(n *node) string {
	var words []string
	if v := n.property(tokenizerFacts + "type"); v != "" {
		words = append(words, show(v))
	}
	if v := n.property(vocabularyCount); v != "" {
		words = append(words, show(v)+" tokens")
	}
	if v := n.property(addedCount); v != "" {
		words = append(words, show(v)+" added")
	}
	return strings.Join(words, ", ")
}

// moreOrFewer is " (12 more, 1 fewer)", or nothing.
func moreOrFewer(more, fewer int) string {
	var words []string
	if more > 0 {
		words = append(words, wording.Thousands(more)+" more")
	}
	if fewer > 0 {
		words = append(words, wording.Thousands(fewer)+" fewer")
	}
	if len(words) == 0 {
		return ""
	}
	return " (" + strings.Join(words, ", ") + ")"
}
