package diff

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// The name and the version of the file form; schemas/diff-1.schema.json is its
// schema.
const (
	FormName    = "modelbom-diff"
	FormVersion = 1
)

// JSON writes changes in the form of schemas/diff-1.schema.json. Equal changes
// give equal bytes; numbers that are not known are null.
func JSON(c *Changes) ([]byte, error) {
	if c == nil {
		return nil, errors.New("no changes to write")
	}
	doc := fileForm{Format: FormName, Version: FormVersion, Old: sideOf(c.Old), New: sideOf(c.New), Summary: c.Summary, Different: c.Different,
		Changes: []changeForm{}, Matches: []matchForm{}, Notes: []noteForm{}}
	for i := range c.Changes {
		doc.Changes = append(doc.Changes, toForm(&c.Changes[i]))
	}
	for _, m := range c.Matches {
		m.Old, m.New = valid(m.Old), valid(m.New)
		doc.Matches = append(doc.Matches, matchForm(m))
	}
	for _, n := range c.Notes {
		doc.Notes = append(doc.Notes, noteForm(n))
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// ReadJSON reads what JSON wrote. Members that are not known are an error, as is
// anything behind the end.
func ReadJSON(b []byte) (*Changes, error) {
	var doc fileForm
	dec := json.NewDecoder(bytes.NewReader(b))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&doc); err != nil {
		return nil, fmt.Errorf("read diff: %w", err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, errors.New("read diff: there is more behind its end")
	}
	if doc.Format != FormName || doc.Version != FormVersion {
		return nil, fmt.Errorf("read diff: format %q, version %d is not %q, version %d", doc.Format, doc.Version, FormName, FormVersion)
	}
	c := &Changes{Old: Side(doc.Old), New: Side(doc.New), Summary: doc.Summary, Different: doc.Different}
	for i := range doc.Changes {
		c.Changes = append(c.Changes, fromForm(&doc.Changes[i]))
	}
	for _, m := range doc.Matches {
		c.Matches = append(c.Matches, Match(m))
	}
	for _, n := range doc.Notes {
		c.Notes = append(c.Notes, Note(n))
	}
	return c, nil
}

// The file form. Its types differ from those of the package in their names in
// JSON and in how they hold numbers that are none.
type (
	fileForm struct {
		Format    string       `json:"format"`
		Version   int          `json:"version"`
		Old       sideForm     `json:"old"`
		New       sideForm     `json:"new"`
		Summary   string       `json:"summary"`
		Different bool         `json:"different_models"`
		Changes   []changeForm `json:"changes"`
		Matches   []matchForm  `json:"matches"`
		Notes     []noteForm   `json:"notes"`
	}
	sideForm struct {
		Subject    bom.Ref   `json:"subject"`
		Name       string    `json:"name"`
		Version    string    `json:"version,omitempty"`
		PURL       string    `json:"purl,omitempty"`
		Format     string    `json:"format,omitempty"`
		Tools      []string  `json:"tools,omitempty"`
		Created    time.Time `json:"created,omitzero"`
		Components int       `json:"components"`
		Parts      int       `json:"parts"`
	}
	changeForm struct {
		Kind       Kind           `json:"kind"`
		Importance Importance     `json:"importance"`
		Old        bom.Ref        `json:"old,omitempty"`
		New        bom.Ref        `json:"new,omitempty"`
		Also       []pairForm     `json:"also,omitempty"`
		Name       string         `json:"name,omitempty"`
		Before     string         `json:"before,omitempty"`
		After      string         `json:"after,omitempty"`
		Text       string         `json:"text"`
		Weights    *weightForm    `json:"weights,omitempty"`
		Tokenizer  *tokenizerForm `json:"tokenizer,omitempty"`
		Details    []string       `json:"details,omitempty"`
	}
	pairForm struct {
		Old bom.Ref `json:"old,omitempty"`
		New bom.Ref `json:"new,omitempty"`
	}
	weightForm struct {
		Verdict  bom.Verdict  `json:"verdict"`
		Strength bom.Strength `json:"strength"`
		Distance number       `json:"distance"`
		Frozen   number       `json:"frozen_share"`
		Sentence string       `json:"sentence,omitempty"`
		Limits   string       `json:"limits,omitempty"`
		Layers   []layerForm  `json:"layers,omitempty"`
	}
	layerForm struct {
		Old       int    `json:"old"`
		New       int    `json:"new"`
		Agreement number `json:"agreement"`
		Frozen    number `json:"frozen_share"`
		Distance  number `json:"distance"`
	}
	tokenizerForm struct {
		Relation string `json:"relation"`
		Added    whole  `json:"added"`
		Removed  whole  `json:"removed"`
		Sentence string `json:"sentence,omitempty"`
	}
	matchForm struct {
		Old     bom.Ref `json:"old"`
		New     bom.Ref `json:"new"`
		Name    string  `json:"name"`
		By      Basis   `json:"by"`
		Changed bool    `json:"changed"`
	}
	noteForm struct {
		Kind NoteKind `json:"kind"`
		Text string   `json:"text"`
	}
)

func toForm(c *Change) changeForm {
	f := changeForm{Kind: c.Kind, Importance: c.Importance, Old: valid(c.Old), New: valid(c.New), Name: c.Name, Before: c.Before, After: c.After, Text: c.Text, Details: c.Details}
	for _, p := range c.Also {
		f.Also = append(f.Also, pairForm{valid(p.Old), valid(p.New)})
	}
	if w := c.Weights; w != nil {
		f.Weights = &weightForm{Verdict: w.Verdict, Strength: w.Strength, Distance: number(w.Distance), Frozen: number(w.Frozen), Sentence: w.Sentence, Limits: w.Limits}
		for _, l := range w.Layers {
			f.Weights.Layers = append(f.Weights.Layers, layerForm{l.Old, l.New, number(l.Agreement), number(l.Frozen), number(l.Distance)})
		}
	}
	if c.Tokenizer != nil {
		t := c.Tokenizer
		f.Tokenizer = &tokenizerForm{t.Relation, whole(t.Added), whole(t.Removed), t.Sentence}
	}
	return f
}

func fromForm(f *changeForm) Change {
	c := Change{Kind: f.Kind, Importance: f.Importance, Old: f.Old, New: f.New, Name: f.Name, Before: f.Before, After: f.After, Text: f.Text, Details: f.Details}
	for _, p := range f.Also {
		c.Also = append(c.Also, Pair(p))
	}
	if w := f.Weights; w != nil {
		c.Weights = &WeightChange{Verdict: w.Verdict, Strength: w.Strength, Distance: float64(w.Distance), Frozen: float64(w.Frozen), Sentence: w.Sentence, Limits: w.Limits}
		for _, l := range w.Layers {
			c.Weights.Layers = append(c.Weights.Layers, LayerChange{l.Old, l.New, float64(l.Agreement), float64(l.Frozen), float64(l.Distance)})
		}
	}
	if t := f.Tokenizer; t != nil {
		c.Tokenizer = &TokenizerChange{t.Relation, int(t.Added), int(t.Removed), t.Sentence}
	}
	return c
}

func sideOf(s Side) sideForm {
	s.Subject = valid(s.Subject)
	return sideForm(s)
}

// valid is a reference as JSON can hold it. Decoders give no others.
func valid(r bom.Ref) bom.Ref { return bom.Ref(strings.ToValidUTF8(string(r), "\ufffd")) }

// A number is null in JSON where there is none.
type number float64

//nolint:unparam // json.Marshaler wants the error
func (n number) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(n)) || math.IsInf(float64(n), 0) {
		return []byte("null"), nil
	}
	return strconv.AppendFloat(nil, float64(n), 'g', 12, 64), nil
}

func (n *number) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = number(math.NaN())
		return nil
	}
	var f float64
	if err := json.Unmarshal(b, &f); err != nil {
		return err
	}
	*n = number(f)
	return nil
}

// A whole number is null in JSON where it is not known, which is -1.
type whole int

//nolint:unparam // json.Marshaler wants the error
func (n whole) MarshalJSON() ([]byte, error) {
	if n < 0 {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, int64(n), 10), nil
}

func (n *whole) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*n = -1
		return nil
	}
	var i int
	if err := json.Unmarshal(b, &i); err != nil {
		return err
	}
	*n = whole(i)
	return nil
}
