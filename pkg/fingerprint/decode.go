package fingerprint

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/modelbom/modelbom/pkg/format"
)

// Decode reads the file form of a model. Files come from strangers: everything
// is compared with the limits of the form before memory is taken for it, and
// little more is taken than the result is large.
//
// A version or a [SketchVersion] that is not known is an error, and so are two
// files, parts or tensors of one name, a member that is given twice, and bytes
// after the end. Members that are not known are passed over. Lists come in any
// order and are returned in that of their names. The members "format",
// "version" and "sketch" stand before "files" and "parts".
//
// Gains and scales may be infinite or no number.
func Decode(r io.Reader) (*Model, error) { return decode(r, MaxForm) }

func decode(r io.Reader, most int64) (*Model, error) {
	d := decoder{jsonReader: newJSONReader(&bounded{r, most, most}), known: map[string]string{}}
	m, err := d.model()
	if err != nil {
		return nil, fmt.Errorf("read fingerprint: at byte %d: %w", d.at, err)
	}
	return m, nil
}

// A bounded reader gives an error instead of more than most bytes.
type bounded struct {
	r          io.Reader
	left, most int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left == 0 {
		var one [1]byte
		if n, err := b.r.Read(one[:]); n == 0 {
			return 0, err
		}
		return 0, fmt.Errorf("more than %d bytes", b.most)
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	return n, err
}

type decoder struct {
	*jsonReader
	// known are short texts that were met: names of types, roles and so on
	// repeat with every tensor, and are kept once.
	known   map[string]string
	tensors int // of all parts
}

// maxKnown bounds the texts that are kept once, maxKnownText each in bytes.
const (
	maxKnown     = 4096
	maxKnownText = 64
)

func (d *decoder) model() (*Model, error) {
	m := &Model{}
	var h formHeader
	err := d.object([]string{"format", "version", "sketch", "mode", "group", "name", "revision", "purl", "files", "parts"}, func(name string) (err error) {
		switch name {
		case "format":
			err = d.string(&h.format)
		case "version":
			h.version, err = d.number(math.MaxUint64)
		case "sketch":
			err = d.string(&h.sketch)
		case "mode":
			err = d.string((*string)(&m.Mode))
		case "group":
			err = d.string(&m.Group)
		case "name":
			err = d.string(&m.Name)
		case "revision":
			err = d.string(&m.Version)
		case "purl":
			err = d.string(&m.PURL)
		case "files":
			err = d.files(m, &h)
		case "parts":
			err = d.parts(m, &h)
		}
		return err
	})
	if err == nil {
		err = d.end()
	}
	if err == nil {
		err = h.check()
	}
	if err == nil && !h.parts {
		err = errors.New("there are no parts")
	}
	if err == nil {
		err = m.check()
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// A formHeader is what must be right before the rest can be understood.
type formHeader struct {
	format, sketch string
	version        uint64
	parts          bool
}

func (h *formHeader) check() error {
	switch {
	case h.format != FormName:
		return fmt.Errorf("this is not a fingerprint: the format is %q", short(h.format))
	case h.version != FormVersion:
		return fmt.Errorf("version %d of the file form is not known, only %d", h.version, FormVersion)
	case h.sketch != SketchVersion:
		return fmt.Errorf("the sketches are %q and cannot be compared with %q", short(h.sketch), SketchVersion)
	}
	return nil
}

func (d *decoder) files(m *Model, h *formHeader) error {
	if err := h.check(); err != nil {
		return err
	}
	err := d.array(func() error {
		if len(m.Files) == MaxFormFiles {
			return fmt.Errorf("more than %d files", MaxFormFiles)
		}
		var f FilePrint
		err := d.object([]string{"path", "size", "sha256"}, func(name string) (err error) {
			switch name {
			case "path":
				err = d.string(&f.Path)
			case "size":
				err = d.int64(&f.Size)
			case "sha256":
				err = d.string(&f.SHA256)
			}
			return err
		})
		m.Files = append(m.Files, f)
		if err != nil {
			return err
		}
		return f.check()
	})
	if err != nil {
		return err
	}
	return sortByName("files", m.Files, pathOf)
}

func (d *decoder) parts(m *Model, h *formHeader) error {
	if err := h.check(); err != nil {
		return err
	}
	h.parts = true
	err := d.array(func() error {
		if len(m.Parts) == MaxFormParts {
			return fmt.Errorf("more than %d parts", MaxFormParts)
		}
		m.Parts = append(m.Parts, Part{})
		p := &m.Parts[len(m.Parts)-1]
		if err := d.part(p); err != nil {
			return fmt.Errorf("part %q: %w", short(p.Ref), err)
		}
		return p.check()
	})
	if err != nil {
		return err
	}
	return sortByName("parts", m.Parts, refOf)
}

func (d *decoder) part(p *Part) error {
	err := d.object([]string{"ref", "role", "family", "architecture", "heads", "kvHeads", "weightsDigest", "parameters", "layers", "unread", "tokenizer", "tensors"}, func(name string) (err error) {
		switch name {
		case "ref":
			err = d.string(&p.Ref)
		case "role":
			err = d.string(&p.Role)
		case "family":
			err = d.string(&p.Family)
		case "architecture":
			err = d.string(&p.Architecture)
		case "heads":
			p.Heads, err = d.int()
		case "kvHeads":
			p.KVHeads, err = d.int()
		case "weightsDigest":
			err = d.string(&p.WeightsDigest)
		case "parameters":
			err = d.int64(&p.Parameters)
		case "layers":
			p.Layers, err = d.int()
		case "unread":
			p.Unread, err = d.int()
		case "tokenizer":
			p.Tokenizer, err = d.tokenizer()
		case "tensors":
			err = d.array(func() error { return d.addTensor(p) })
		}
		return err
	})
	if err != nil {
		return err
	}
	return sortByName("tensors", p.Tensors, nameOf)
}

func (d *decoder) addTensor(p *Part) error {
	if d.tensors++; d.tensors > MaxFormTensors {
		return fmt.Errorf("more than %d tensors", MaxFormTensors)
	}
	p.Tensors = append(p.Tensors, TensorPrint{Layer: -1, Expert: -1})
	t := &p.Tensors[len(p.Tensors)-1]
	if err := d.tensor(t); err != nil {
		return fmt.Errorf("tensor %q: %w", short(t.Name), err)
	}
	return t.check()
}

func (d *decoder) tensor(t *TensorPrint) error {
	named := false
	err := d.object([]string{"name", "role", "layer", "expert", "shape", "dtype", "scheme", "bytes", "payload", "value", "form", "class", "reason",
		"nonFinite", "views", "rowCodes", "columnCodes", "gains"}, func(name string) (err error) {
		switch name {
		case "name":
			named = true
			err = d.string(&t.Name)
		case "role":
			err = d.word(&t.Role)
		case "layer":
			t.Layer, err = d.int()
		case "expert":
			t.Expert, err = d.int()
		case "shape":
			t.Shape, err = d.shape()
		case "dtype":
			err = d.dtype(&t.DType)
		case "scheme":
			err = d.word(&t.Scheme)
		case "bytes":
			err = d.int64(&t.Bytes)
		case "payload":
			err = d.digest(&t.Payload)
		case "value":
			err = d.digest(&t.Value)
		case "form":
			err = d.dtype(&t.Form)
		case "class":
			err = d.word((*string)(&t.Class))
		case "reason":
			err = d.word(&t.Reason)
		case "nonFinite":
			t.NonFinite, err = d.int()
		case "views":
			err = d.views(t)
		case "rowCodes":
			t.Rows, err = d.words(MaxRowCodes)
		case "columnCodes":
			t.Columns, err = d.words(MaxRowCodes)
		case "gains":
			t.Gains, err = d.floats(MaxGains)
		}
		return err
	})
	if err == nil && !named {
		return errors.New("a tensor has no name")
	}
	return err
}

func (d *decoder) shape() ([]uint64, error) {
	var dims [MaxFormRank]uint64
	rank := 0
	err := d.array(func() (err error) {
		if rank == MaxFormRank {
			return fmt.Errorf("more than %d dimensions", MaxFormRank)
		}
		dims[rank], err = d.number(math.MaxUint64)
		rank++
		return err
	})
	return append([]uint64(nil), dims[:rank]...), err
}

func (d *decoder) views(t *TensorPrint) error {
	var views [MaxViews]View
	n := 0
	err := d.array(func() error {
		if n == MaxViews {
			return fmt.Errorf("more than %d views", MaxViews)
		}
		n++
		return d.view(&views[n-1])
	})
	t.Views = append([]View(nil), views[:n]...)
	return err
}

func (d *decoder) view(v *View) error {
	var signs, used [4 * MaxWindows]byte
	var extremes [2 * MaxWindows]byte
	var values [2 * MaxWindows * WindowSize]byte
	var n [4]int
	pack := func(to []byte, k, size, most int) error {
		b, err := d.packed(size, most)
		n[k] = copy(to, b) / size
		return err
	}
	allSaid := true
	err := d.object([]string{"transform", "rows", "cols", "signs", "used", "extremes", "scales", "values"}, func(name string) (err error) {
		switch name {
		case "transform":
			err = d.word(&v.Transform)
		case "rows":
			v.Rows, err = d.number(math.MaxUint64)
		case "cols":
			v.Cols, err = d.number(math.MaxUint64)
		case "signs":
			err = pack(signs[:], 0, 4, MaxWindows)
		case "used":
			allSaid = false
			err = pack(used[:], 1, 4, MaxWindows)
		case "extremes":
			err = pack(extremes[:], 2, 2, MaxWindows)
		case "scales":
			v.Scales, err = d.floats(MaxWindows)
		case "values":
			err = pack(values[:], 3, 2, MaxWindows*WindowSize)
		}
		return err
	})
	if err != nil {
		return err
	}
	if n[2] != n[0] || !allSaid && n[1] != n[0] {
		return fmt.Errorf("signs of %d windows, %d used and extremes of %d", n[0], n[1], n[2])
	}
	v.Windows = make([]Window, n[0])
	for i := range v.Windows {
		w := &v.Windows[i]
		w.Signs, w.Used = binary.LittleEndian.Uint32(signs[4*i:]), allUsed
		if !allSaid {
			w.Used = binary.LittleEndian.Uint32(used[4*i:])
		}
		w.Extremes = binary.LittleEndian.Uint16(extremes[2*i:])
	}
	if n[3] > 0 {
		v.Values = make([]int16, n[3])
		for i := range v.Values {
			v.Values[i] = int16(binary.LittleEndian.Uint16(values[2*i:]))
		}
	}
	return v.check()
}

func (d *decoder) tokenizer() (*TokenizerPrint, error) {
	t := &TokenizerPrint{Vocabulary: -1, Merges: -1, Tokens: -1}
	var hashes []uint64
	var ids []uint32
	err := d.object([]string{"type", "vocabulary", "merges", "vocabularyDigest", "tokensDigest", "mergesDigest", "tokens", "tokenMap",
		"tokenPrefixes", "mergePrefixes", "sampleHashes", "sampleIDs", "special"}, func(name string) (err error) {
		switch name {
		case "type":
			err = d.string(&t.Type)
		case "vocabulary":
			t.Vocabulary, err = d.int()
		case "merges":
			t.Merges, err = d.int()
		case "vocabularyDigest":
			err = d.string(&t.VocabularyDigest)
		case "tokensDigest":
			err = d.string(&t.TokensDigest)
		case "mergesDigest":
			err = d.string(&t.MergesDigest)
		case "tokens":
			t.Tokens, err = d.int()
		case "tokenMap":
			err = d.string(&t.TokenMap)
		case "tokenPrefixes":
			t.TokenPrefixes, err = d.longs(MaxPrefixes)
		case "mergePrefixes":
			t.MergePrefixes, err = d.longs(MaxPrefixes)
		case "sampleHashes":
			hashes, err = d.longs(MaxTokenSample)
		case "sampleIDs":
			ids, err = d.words(MaxTokenSample)
		case "special":
			err = d.special(t)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(hashes) != len(ids) {
		return nil, fmt.Errorf("%d hashes of %d sampled tokens", len(hashes), len(ids))
	}
	for i, id := range ids {
		t.Sample = append(t.Sample, TokenSample{hashes[i], id})
	}
	return t, nil
}

func (d *decoder) special(t *TokenizerPrint) error {
	return d.array(func() error {
		if len(t.Special) == MaxSpecial {
			return fmt.Errorf("more than %d special tokens", MaxSpecial)
		}
		t.Special = append(t.Special, "")
		return d.string(&t.Special[len(t.Special)-1])
	})
}

func (d *decoder) string(to *string) error {
	b, err := d.str(MaxFormText)
	*to = string(b)
	return err
}

// word reads a text that is likely to come again.
func (d *decoder) word(to *string) error {
	b, err := d.str(MaxFormText)
	if err != nil {
		return err
	}
	if s, ok := d.known[string(b)]; ok {
		*to = s
		return nil
	}
	*to = string(b)
	if len(b) <= maxKnownText && len(d.known) < maxKnown {
		d.known[*to] = *to
	}
	return nil
}

func (d *decoder) dtype(to *format.DType) error { return d.word((*string)(to)) }

func (d *decoder) int64(to *int64) error {
	n, err := d.number(math.MaxInt64)
	*to = int64(n)
	return err
}

func (d *decoder) digest(to *[32]byte) error {
	b, err := d.str(2 * len(to))
	if err != nil {
		return err
	}
	if len(b) != 2*len(to) {
		return fmt.Errorf("a digest of %d digits, not %d", len(b), 2*len(to))
	}
	_, err = hex.Decode(to[:], b)
	return err
}

func (d *decoder) words(most int) ([]uint32, error) {
	b, err := d.packed(4, most)
	if len(b) == 0 {
		return nil, err
	}
	list := make([]uint32, len(b)/4)
	for i := range list {
		list[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return list, nil
}

func (d *decoder) longs(most int) ([]uint64, error) {
	b, err := d.packed(8, most)
	if len(b) == 0 {
		return nil, err
	}
	list := make([]uint64, len(b)/8)
	for i := range list {
		list[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return list, nil
}

func (d *decoder) floats(most int) ([]float32, error) {
	words, err := d.words(most)
	if len(words) == 0 {
		return nil, err
	}
	list := make([]float32, len(words))
	for i, w := range words {
		list[i] = math.Float32frombits(w)
	}
	return list, nil
}
