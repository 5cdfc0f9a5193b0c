package inspect

import (
	"slices"

	"github.com/modelbom/modelbom/pkg/fingerprint"
	"github.com/modelbom/modelbom/pkg/inventory"
	"github.com/modelbom/modelbom/pkg/modelcard"
)

// tokenizer is the fingerprint of a tokenizer: that of the file that says most,
// with the merges of another where it has none; nil when no file tells tokens.
func (w *printer) tokenizer(p *inventory.Part) *fingerprint.TokenizerPrint {
	var list []*modelcard.Tokenizer
	for _, f := range p.Files {
		if t := w.inv.Stated.Tokenizers[f.Path]; t != nil && t.Sketch != nil {
			list = append(list, t)
		}
	}
	slices.SortStableFunc(list, func(a, b *modelcard.Tokenizer) int {
		return (b.Sketch.Tokens + b.Sketch.Merges) - (a.Sketch.Tokens + a.Sketch.Merges)
	})
	if len(list) == 0 {
		return nil
	}
	out := tokenizerPrint(list[0])
	for _, t := range list[1:] {
		if out.MergesDigest == "" && t.MergesDigest != "" {
			out.Merges, out.MergesDigest, out.MergePrefixes = t.Merges, t.MergesDigest, t.Sketch.MergePrefixes
		}
		if out.TokensDigest == "" && t.TokensDigest != "" && t.Vocabulary == out.Vocabulary {
			out.VocabularyDigest, out.TokensDigest = t.VocabularyDigest, t.TokensDigest
		}
	}
	return out
}

func tokenizerPrint(t *modelcard.Tokenizer) *fingerprint.TokenizerPrint {
	s := t.Sketch
	out := &fingerprint.TokenizerPrint{Type: cleanValue(t.Type.Value), Vocabulary: t.Vocabulary, Merges: t.Merges,
		VocabularyDigest: t.VocabularyDigest, TokensDigest: t.TokensDigest, MergesDigest: t.MergesDigest,
		Tokens: s.Tokens, TokenMap: s.TokenMap, TokenPrefixes: s.TokenPrefixes, MergePrefixes: s.MergePrefixes}
	for _, x := range s.Sample {
		out.Sample = append(out.Sample, fingerprint.TokenSample{Hash: x.Hash, ID: x.ID})
	}
	for _, x := range s.Special {
		out.Special = append(out.Special, clean(x))
	}
	return out
}
