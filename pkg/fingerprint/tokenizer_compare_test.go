package fingerprint

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/modelbom/modelbom/pkg/modelcard"
)

// printOf is the fingerprint of a tokenizer with the given tokens in the order
// of their ids.
func printOf(tokens, merges []string) *TokenizerPrint {
	var s modelcard.Sketcher
	for i, token := range tokens {
		s.Token(uint32(i), []byte(token))
	}
	for _, m := range merges {
		s.Merge([]byte(m))
	}
	k := s.Sketch("BPE")
	if k == nil {
		return &TokenizerPrint{Vocabulary: -1, Merges: -1, Tokens: -1}
	}
	p := &TokenizerPrint{Type: k.Type, Vocabulary: k.Tokens, Merges: k.Merges, Tokens: k.Tokens, TokenMap: k.TokenMap, TokenPrefixes: k.TokenPrefixes,
		MergePrefixes: k.MergePrefixes}
	for _, t := range k.Sample {
		p.Sample = append(p.Sample, TokenSample(t))
	}
	if len(merges) > 0 {
		p.MergesDigest = fmt.Sprint(merges)
	}
	return p
}

// named are the texts "prefix from" to "prefix to-1".
func named(prefix string, from, to int) []string {
	list := make([]string, 0, to-from)
	for i := from; i < to; i++ {
		list = append(list, fmt.Sprint(prefix, " ", i))
	}
	return list
}

func TestCompareTokenizers(t *testing.T) {
	base, merges := named("t", 0, 50_000), named("m", 0, 40_000)
	moved := slices.Concat([]string{"<new>"}, base)
	swapped := slices.Concat(named("m", 0, 100), named("m", 101, 40_000), named("m", 100, 101))
	tests := []struct {
		name   string
		a, b   *TokenizerPrint
		want   TokenizerVerdict
		child  Side
		tokens int // known to be common
		merges int
	}{
		{"same", printOf(base, merges), printOf(base, merges), SameTokenizer, "", 50_000, 40_000},
		{"same, merges of one", printOf(base, merges), printOf(base, nil), SameTokenizer, "", 50_000, 0},
		{"same tokens, other merges", printOf(base, merges), printOf(base, swapped), Overlaps, "", 50_000, 0},
		{"same tokens, more merges", printOf(base, named("m", 0, 45_000)), printOf(base, merges), Extends, A, 50_000, 39 * PrefixStep},
		{"100 tokens more", printOf(named("t", 0, 50_100), merges), printOf(base, merges), Extends, A, 48 * PrefixStep, 40_000},
		{"100 tokens fewer", printOf(base, merges), printOf(named("t", 0, 50_100), merges), Extends, B, 48 * PrefixStep, 40_000},
		{"twice the tokens", printOf(named("t", 0, 100_000), named("m", 0, 80_000)), printOf(base, merges), Extends, A, 48 * PrefixStep, 39 * PrefixStep},
		{"1 % of the end replaced", printOf(slices.Concat(base[:49_500], named("x", 0, 500)), merges), printOf(base, merges), Extends, A, 48 * PrefixStep, 40_000},
		{"10 % of the end replaced", printOf(slices.Concat(base[:45_000], named("x", 0, 9_000)), merges), printOf(base, merges), Overlaps, "", 43 * PrefixStep, 40_000},
		{"ids moved by one", printOf(moved, merges), printOf(base, merges), Overlaps, "", 0, 40_000},
		{"more tokens, other merges", printOf(named("t", 0, 50_100), swapped), printOf(base, merges), Overlaps, "", 48 * PrefixStep, 0},
		{"nothing in common", printOf(named("x", 0, 50_000), nil), printOf(base, merges), Unrelated, "", 0, 0},
		{"a twentieth in common", printOf(named("t", 47_500, 97_500), nil), printOf(base, merges), Unrelated, "", 0, 0},
		{"a small one contained", printOf(named("t", 20_000, 24_000), nil), printOf(base, merges), Overlaps, "", 0, 0},
		{"small ones", printOf(named("t", 0, 30), nil), printOf(named("t", 0, 20), nil), Extends, A, 0, 0},
		{"small ones, moved", printOf(named("t", 0, 30), nil), printOf(named("t", 1, 21), nil), Overlaps, "", 0, 0},
		{"below one step and above", printOf(named("t", 0, 1500), nil), printOf(named("t", 0, 900), nil), Extends, A, 0, 0},
		{"no tokens", printOf(nil, merges), printOf(base, merges), UnknownTokenizer, "", 0, 40_000},
		{"nothing", &TokenizerPrint{}, &TokenizerPrint{}, UnknownTokenizer, "", 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := CompareTokenizers(tt.a, tt.b)
			if c.Verdict != tt.want || c.Child != tt.child || c.CommonTokens != tt.tokens || c.CommonMerges != tt.merges {
				t.Errorf("got %q %q, %d tokens, %d merges; %+v", c.Verdict, c.Child, c.CommonTokens, c.CommonMerges, c)
			}
			d := CompareTokenizers(tt.b, tt.a)
			if d.Verdict != c.Verdict || (d.Child == "") != (c.Child == "") || d.Jaccard != c.Jaccard || d.Contained != c.Contained {
				t.Errorf("the other way round: %+v, %+v", d, c)
			}
		})
	}
}

// Solar (196,608 tokens) and GLM (151,329) have 80,339 in common, at other ids;
// they are known to be independent.
func TestIndependentTokenizers(t *testing.T) {
	common := named("common", 0, 80_339)
	solar := slices.Concat(named("solar", 0, 500), common, named("solar", 500, 196_608-80_339))
	glm := slices.Concat(common, named("glm", 0, 151_329-80_339))
	c := CompareTokenizers(printOf(solar, named("s", 0, 9000)), printOf(glm, named("g", 0, 9000)))
	if c.Verdict != Overlaps || c.Child != "" || c.CommonTokens != 0 || c.CommonMerges != 0 || c.Vocabulary != No || c.Merges != No || c.SameID != 0 {
		t.Errorf("%+v", c)
	}
	near := func(what string, got, err, want float64) {
		t.Helper()
		if err <= 0 || err > 0.03 || math.Abs(got-want) > 3*err {
			t.Errorf("%s is %.4f ± %.4f, not %.4f", what, got, err, want)
		}
	}
	near("Jaccard", c.Jaccard, c.JaccardError, 80_339./(196_608+151_329-80_339))
	near("contained", c.Contained, c.ContainedError, 80_339./151_329)
	t.Logf("Jaccard %.3f ± %.3f, contained %.3f ± %.3f", c.Jaccard, c.JaccardError, c.Contained, c.ContainedError)
}

// The estimates stay within their errors, for whatever sizes and shares.
func TestTokenizerShares(t *testing.T) {
	far, n := 0, 0
	for _, sizes := range [][3]int{{2000, 2000, 100}, {30_000, 150_000, 20_000}, {150_000, 30_000, 1000}, {5000, 100_000, 4900}, {1000, 60_000, 300}} {
		a, b, both := sizes[0], sizes[1], sizes[2]
		c := CompareTokenizers(printOf(named("t", 0, a), nil), printOf(named("t", a-both, a-both+b), nil))
		for _, e := range [][3]float64{{c.Jaccard, c.JaccardError, float64(both) / float64(a+b-both)}, {c.Contained, c.ContainedError, float64(both) / float64(min(a, b))}} {
			if n++; math.Abs(e[0]-e[2]) > 2*e[1] {
				far++
			}
			if math.Abs(e[0]-e[2]) > 4*e[1] {
				t.Errorf("%v: %.4f ± %.4f, not %.4f", sizes, e[0], e[1], e[2])
			}
		}
	}
	if far > 2 {
		t.Errorf("%d of %d estimates are off by more than two standard errors", far, n)
	}
	// Whole vocabularies are counted and not estimated.
	c := CompareTokenizers(printOf(named("t", 0, 500), nil), printOf(named("t", 250, 1000), nil))
	if c.Jaccard != 0.25 || c.JaccardError != 0 || c.Contained != 0.5 || c.Sampled != 1000 || c.Common != 250 {
		t.Errorf("%+v", c)
	}
}

func TestTokenizerSpecial(t *testing.T) {
	a, b := printOf(named("t", 0, 5), nil), printOf(named("t", 0, 5), nil)
	a.Special, b.Special = []string{"<s>", "</s>", "<s>", "x"}, []string{"</s>", "<s>", "y"}
	if c := CompareTokenizers(a, b); !slices.Equal(c.Special, []string{"<s>", "</s>"}) {
		t.Errorf("%q", c.Special)
	}
}

// Without the map of one, vocabularies are compared by their own digest.
func TestTokenizerDigests(t *testing.T) {
	a, b := printOf(named("t", 0, 50), nil), printOf(named("t", 0, 60), nil)
	a.VocabularyDigest, b.VocabularyDigest = "sha256:1", "sha256:1"
	if c := CompareTokenizers(a, b); c.Vocabulary != No || c.Verdict != Extends {
		t.Errorf("equal vocabularies with other added tokens: %+v", c)
	}
	a.TokenMap = ""
	if c := CompareTokenizers(a, b); c.Vocabulary != Yes || c.Verdict != SameTokenizer || c.CommonTokens != 50 {
		t.Errorf("equal vocabularies: %+v", c)
	}
}

// A print of an index can claim anything.
func TestHostileTokenizerPrint(t *testing.T) {
	good := printOf(named("t", 0, 5000), named("m", 0, 5000))
	full := make([]TokenSample, MaxTokenSample)
	for _, bad := range []*TokenizerPrint{
		{Tokens: 1, TokenPrefixes: good.TokenPrefixes, MergePrefixes: good.MergePrefixes, Sample: full},
		{Tokens: math.MaxInt, Vocabulary: -1, TokenPrefixes: make([]uint64, MaxPrefixes), Sample: good.Sample[:1]},
		{Tokens: -1, Vocabulary: -1, Merges: -1, MergesDigest: good.MergesDigest, TokenMap: good.TokenMap},
		{TokenPrefixes: append([]uint64{1}, good.TokenPrefixes[1:]...), Sample: good.Sample},
	} {
		for _, c := range []TokenizerComparison{CompareTokenizers(good, bad), CompareTokenizers(bad, good), CompareTokenizers(bad, bad)} {
			if c.Verdict == "" || math.IsNaN(c.Jaccard+c.JaccardError+c.Contained+c.ContainedError+c.SameID) || c.Contained > 1 {
				t.Errorf("%+v", c)
			}
		}
	}
}

// The sizes of package modelcard are those of this package.
func TestTokenizerSizes(t *testing.T) {
	if PrefixStep != modelcard.SketchStep || MaxPrefixes != modelcard.MaxSketchPrefixes || MaxTokenSample != modelcard.SketchSample {
		t.Error("sizes differ")
	}
}
