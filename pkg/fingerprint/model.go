package fingerprint

import (
	"crypto/sha256"

	"github.com/modelbom/modelbom/pkg/format"
)

// SketchVersion names the way in which sketches are made: the choice of rows
// and windows, the salts, the bits. Sketches of different versions are never
// compared.
const SketchVersion = "modelbom-sketch/1"

// Sizes of the sketches of one tensor.
const (
	// MaxWindows is the number of windows in a sketch. Fewer are there only
	// where the matrix has fewer.
	MaxWindows = 32
	// WindowSize is the number of consecutive elements in a window. It is the
	// block size of Q8_0, Q4_0 and MXFP4, and an eighth of a K-quant's.
	WindowSize = 32
	// OtherValues is the number of windows whose values are kept of views other
	// than the first.
	OtherValues = 8
	// MaxRowCodes is the number of rows (or columns) that a row set keeps.
	MaxRowCodes = 256
	// MaxGains is the number of elements kept of a one-dimensional tensor.
	MaxGains = 512
)

// A Model is the fingerprint of one repository: what is kept of it to compare it
// with others later, without the weights. It holds no host names, paths outside
// the repository, or times.
type Model struct {
	Group, Name string
	// Version is the revision of the repository, as far as it is known.
	Version string
	PURL    string
	Mode    Mode
	// Files are the files that hold the parts.
	Files []FilePrint
	Parts []Part
}

// A Mode says how much of the weights a fingerprint was made from.
type Mode string

// The modes. In sparse mode only the windows of sketches were read: there are no
// digests and no row sets.
const (
	Full   Mode = "full"
	Sparse Mode = "sparse"
)

// A FilePrint is one file with the digest of its bytes; SHA256 is empty in
// sparse mode.
type FilePrint struct {
	Path   string
	Size   int64
	SHA256 string // hexadecimal
}

// A Part is the fingerprint of one part of a model.
type Part struct {
	// Ref is the part's reference in a bill of materials: "part:vision-encoder".
	Ref string
	// Role is the part's role, such as "vision-encoder".
	Role string
	// Family and Architecture are what the configuration states: model_type and
	// the class name. They never decide a verdict on weights.
	Family, Architecture string
	// Heads and KVHeads are the attention heads that the configuration or the
	// file states, 0 when it does not: they tell how rotary pairs are laid out.
	Heads, KVHeads int
	// WeightsDigest is that of the bill of materials, empty when it has none.
	WeightsDigest string
	Parameters    int64
	Layers        int
	// Tensors are in byte order of their names.
	Tensors []TensorPrint
	// Tokenizer is set for tokenizers.
	Tokenizer *TokenizerPrint
	// Unread counts the tensors of the part whose values could not be read.
	Unread int
}

// A TensorPrint is the fingerprint of one tensor (of one weight, where a
// quantised checkpoint stores a weight in several tensors).
type TensorPrint struct {
	// Name is as in the file. Role is what the name seems to say (see [RoleOf]),
	// Layer and Expert the numbers in it, -1 when there are none. They choose
	// which comparisons are tried first and are no evidence.
	Name          string
	Role          string
	Layer, Expert int
	// Shape is row-major, as stored; of a quantised weight the logical shape.
	Shape []uint64
	// DType is the stored type; Scheme is set for quantised weights (package
	// tensor's names, such as "gptq").
	DType  format.DType
	Scheme string
	Bytes  int64 // as stored
	// Payload and Value are the digests (see [Tensor]); zero in sparse mode and
	// for weights that are stored in several tensors.
	Payload, Value [sha256.Size]byte
	Form           format.DType
	Sketch
}

// A Sketch is what survives of a tensor's values.
type Sketch struct {
	Class Class
	// Reason says why a tensor is Constant or Unread.
	Reason string
	// Views are the sign sketches, the tensor as it is stored first. Others look
	// at the same elements in another arrangement, see [View].
	Views []View
	// Rows and Columns are content-chosen codes of rows and columns, ascending,
	// for matrices that were read in full (see rowset.go). Two sets hold the
	// smallest codes of their matrices, so any number of first codes is a set
	// as well. Columns are codes of the same kind as Rows of the transposed
	// matrix.
	Rows, Columns []uint32
	// Gains are elements of a one-dimensional tensor, chosen by their number
	// (see [GainIndices]), in order of their number.
	Gains []float32
	// NonFinite counts the windows of the first view that have an infinity or a
	// NaN and are not used for that reason.
	NonFinite int
}

// A Class is what a tensor can be used for.
type Class string

// The classes. Only matrices decide verdicts. Gains and vectors corroborate.
const (
	// Matrix: two or more dimensions and enough windows.
	Matrix Class = "matrix"
	// Gain: a one-dimensional tensor that scales a normalisation and starts at
	// a constant in training, so that it carries nothing of the initial seed.
	Gain Class = "gain"
	// Vector: any other one-dimensional tensor, such as a bias.
	Vector Class = "vector"
	// Constant: computed and not trained, such as a Fourier basis or a table
	// of positions.
	Constant Class = "constant"
	// Small: too few elements for a sketch.
	Small Class = "small"
	// Unread: its values could not be read or are of no comparable kind.
	Unread Class = "unread"
)

// A View is a sign sketch of a tensor in one arrangement of its elements as a
// matrix of Rows by Cols.
//
// Windows are chosen by row and block number alone (see [Probes]), in the order
// of a hash, so that any number of first windows is a sketch as well, and
// matrices that share their first rows share windows.
type View struct {
	// Transform is the arrangement: Stored, Transposed, RotaryPairs,
	// OutputsFirst, a range of rows "rows 0:768" of a tensor that joins several
	// ("transposed rows 0:768" where it joins columns), "heads 0/3" of one that
	// joins queries, keys and values head by head, or "expert 3" of a stack of
	// experts.
	Transform  string
	Rows, Cols uint64
	// Windows are in the order of Probes(Rows, Cols).
	Windows []Window
	// Values of windows, for distances: each window has WindowSize values v in
	// units of its Scale/32767. Views other than the first have those of their
	// first OtherValues windows. A window with an infinity or a NaN has the scale
	// 0.
	Scales []float32
	Values []int16
}

// The transforms of views.
const (
	Stored      = ""
	Transposed  = "transposed"
	RotaryPairs = "rotary-pairs"
	// OutputsFirst has the kernel of a TensorFlow convolution, whose outputs are
	// the last dimension, in the order of other frameworks.
	OutputsFirst = "outputs-first"
)

// A Window holds one bit for each of WindowSize elements, element i in bit i:
// Signs is set where the element is above the window's median, Used where it is
// not at the median. A window whose elements say nothing has no Used bits.
type Window struct {
	Signs, Used uint32
	// Extremes is 32*argmax + argmin, or NoExtremes when one is not unique.
	Extremes uint16
}

// NoExtremes marks a window whose largest or smallest element is not unique.
const NoExtremes = 1 << 10
