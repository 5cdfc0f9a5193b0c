package fingerprint

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// check reports what the file form cannot hold of a model, its parts apart.
func (m *Model) check() error {
	if m.Mode != Full && m.Mode != Sparse {
		return fmt.Errorf("the mode is %q", short(string(m.Mode)))
	}
	if err := limits([]limit{{"files", len(m.Files), MaxFormFiles}, {"parts", len(m.Parts), MaxFormParts}}); err != nil {
		return err
	}
	return texts(m.Group, m.Name, m.Version, m.PURL)
}

func (f *FilePrint) check() error {
	if f.Path == "" {
		return errors.New("a file has no path")
	}
	if f.Size < 0 {
		return fmt.Errorf("file %q has %d bytes", short(f.Path), f.Size)
	}
	if f.SHA256 != "" {
		if b, err := hex.DecodeString(f.SHA256); err != nil || len(b) != sha256.Size || strings.ToLower(f.SHA256) != f.SHA256 {
			return fmt.Errorf("file %q has the digest %q", short(f.Path), short(f.SHA256))
		}
	}
	return texts(f.Path)
}

// check reports what the file form cannot hold of a part, its tensors apart.
func (p *Part) check() error {
	switch {
	case p.Ref == "":
		return errors.New("a part has no reference")
	case p.Heads < 0 || p.KVHeads < 0 || p.Parameters < 0 || p.Layers < 0 || p.Unread < 0:
		return fmt.Errorf("part %q has a negative number", short(p.Ref))
	}
	if p.Tokenizer != nil {
		if err := p.Tokenizer.check(); err != nil {
			return fmt.Errorf("part %q: %w", short(p.Ref), err)
		}
	}
	return texts(p.Ref, p.Role, p.Family, p.Architecture, p.WeightsDigest)
}

func (t *TensorPrint) check() error {
	if err := t.problem(); err != nil {
		return fmt.Errorf("tensor %q: %w", short(t.Name), err)
	}
	return nil
}

func (t *TensorPrint) problem() error {
	switch t.Class {
	case Matrix, Gain, Vector, Constant, Small, Unread:
	default:
		return fmt.Errorf("the class is %q", short(string(t.Class)))
	}
	if t.Layer < -1 || t.Expert < -1 || t.Bytes < 0 || t.NonFinite < 0 {
		return errors.New("a negative number")
	}
	err := limits([]limit{{"dimensions", len(t.Shape), MaxFormRank}, {"views", len(t.Views), MaxViews}, {"gains", len(t.Gains), MaxGains},
		{"row codes", len(t.Rows), MaxRowCodes}, {"column codes", len(t.Columns), MaxRowCodes}})
	if err != nil {
		return err
	}
	if !ascending(t.Rows) || !ascending(t.Columns) {
		return errors.New("the codes are not in ascending order")
	}
	for i := range t.Views {
		if err := t.Views[i].check(); err != nil {
			return fmt.Errorf("view %d: %w", i, err)
		}
	}
	return texts(t.Name, t.Role, string(t.DType), t.Scheme, string(t.Form), t.Reason)
}

func (v *View) check() error {
	switch {
	case len(v.Windows) == 0 || uint64(len(v.Windows)) > v.room():
		return fmt.Errorf("%d windows of %d rows and %d columns, not 1 to %d", len(v.Windows), v.Rows, v.Cols, v.room())
	case len(v.Scales) > len(v.Windows):
		return fmt.Errorf("%d scales of %d windows", len(v.Scales), len(v.Windows))
	case len(v.Values) != WindowSize*len(v.Scales):
		return fmt.Errorf("%d values of %d scales", len(v.Values), len(v.Scales))
	}
	return texts(v.Transform)
}

// room is the number of windows that [Probes] gives, so that every window of a
// view has a place.
func (v *View) room() uint64 {
	return min(min(v.Rows, MaxWindows)*min(v.Cols/WindowSize, MaxWindows), MaxWindows)
}

func (t *TokenizerPrint) check() error {
	if t.Vocabulary < -1 || t.Merges < -1 || t.Tokens < -1 {
		return errors.New("a negative number of tokens")
	}
	err := limits([]limit{{"token prefixes", len(t.TokenPrefixes), MaxPrefixes}, {"merge prefixes", len(t.MergePrefixes), MaxPrefixes},
		{"sampled tokens", len(t.Sample), MaxTokenSample}, {"special tokens", len(t.Special), MaxSpecial}})
	if err != nil {
		return err
	}
	for i := 1; i < len(t.Sample); i++ {
		if t.Sample[i-1].Hash >= t.Sample[i].Hash {
			return errors.New("the sampled tokens are not in ascending order")
		}
	}
	return texts(append([]string{t.Type, t.VocabularyDigest, t.TokensDigest, t.MergesDigest, t.TokenMap}, t.Special...)...)
}

type limit struct {
	what    string
	n, most int
}

func limits(list []limit) error {
	for _, l := range list {
		if l.n > l.most {
			return fmt.Errorf("%d %s, the limit is %d", l.n, l.what, l.most)
		}
	}
	return nil
}

func texts(list ...string) error {
	for _, s := range list {
		if n := len(plainText(s)); n > MaxFormText {
			return fmt.Errorf("a text of %d bytes, the limit is %d", n, MaxFormText)
		}
	}
	return nil
}

func ascending(list []uint32) bool {
	for i := 1; i < len(list); i++ {
		if list[i-1] >= list[i] {
			return false
		}
	}
	return true
}

// short is a text for an error.
func short(s string) string { return s[:min(len(s), 200)] }
