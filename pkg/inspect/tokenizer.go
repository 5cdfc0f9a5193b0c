package inspect

import (
	"cmp"
	"slices"

	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/modelcard"
)

// tokenizer is the fingerprint of a tokenizer: what all its files say together,
// the one with most tokens first; nil when no file tells any.
func (w *printer) tokenizer(p *inventory.Part) *fingerprint.TokenizerPrint {
	var list []*modelcard.Tokenizer
	for _, f := range p.Files {
		if t := w.inv.Stated.Tokenizers[f.Path]; t != nil && t.Sketch != nil {
			list = append(list, t)
		}
	}
	if len(list) == 0 {
		return nil
	}
	slices.SortStableFunc(list, func(a, b *modelcard.Tokenizer) int { return cmp.Compare(b.Sketch.Tokens, a.Sketch.Tokens) })
	out := &fingerprint.TokenizerPrint{Vocabulary: -1, Merges: -1}
	var s *modelcard.TokenizerSketch
	for _, t := range list {
		s = s.Join(t.Sketch)
		if out.Vocabulary < 0 {
			out.Vocabulary = t.Vocabulary
		}
		if out.TokensDigest == "" && t.TokensDigest != "" && t.Vocabulary == out.Vocabulary {
			out.VocabularyDigest, out.TokensDigest = t.VocabularyDigest, t.TokensDigest
		}
		if out.MergesDigest == "" && t.MergesDigest != "" {
			out.Merges, out.MergesDigest = t.Merges, t.MergesDigest
		}
	}
	out.Type, out.Tokens, out.TokenMap, out.TokenPrefixes, out.MergePrefixes = s.Type, s.Tokens, s.TokenMap, s.TokenPrefixes, s.MergePrefixes
	out.Merges = max(out.Merges, s.Merges)
	for _, x := range s.Sample {
		out.Sample = append(out.Sample, fingerprint.TokenSample{Hash: x.Hash, ID: x.ID})
	}
	for _, x := range s.Special {
		out.Special = append(out.Special, clean(x))
	}
	return out
}
