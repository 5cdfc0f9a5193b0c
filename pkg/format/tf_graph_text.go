package format

import (
	"regexp"
	"slices"
)

// maxGraphText bounds a graph in text form in bytes.
const maxGraphText = 64 << 20

// It is a search for the usual forms, which proves presence and never absence.
var (
	// graphTextOp is the operator of a node in the text format of protocol buffers,
	// where texts that follow each other are one.
	graphTextOp   = regexp.MustCompile(`\bop(?:\s|#[^\n]*\n)*:(?:\s|#[^\n]*\n)*((?:(?:"[^"\n]*"|'[^'\n]*')\s*)+)`)
	graphTextMark = regexp.MustCompile(`["']\s*(?:["']|$)`)
)

// graphText looks for operators in a graph in text form, such as
// saved_model.pbtxt, which TensorFlow loads where there is no saved_model.pb. What
// constants name is not read, so operators that every model has are passed over.
func (s *scan) graphText(it *item) {
	text := s.content(it, maxGraphText)
	for _, m := range graphTextOp.FindAllSubmatchIndex(text, -1) {
		at := it.begin + int64(m[2])
		written := text[m[2]+1 : m[3]]
		op := string(graphTextMark.ReplaceAll(written, nil))
		if slices.Contains(written, '\\') {
			s.gap(it, at, "an operator that is written with escapes")
		}
		_, usual := graphUsual[op]
		if what := graphReach[op]; what != "" && !usual {
			s.t.keep(torchCode{Code{CodeReach, it.at(at), op, clean("a node " + what + ofLayer(it.where))}, classOdd})
		}
	}
}
