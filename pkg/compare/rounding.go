package compare

import (
	"strings"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// A rounding is how values came to be those that a type holds.
type rounding struct {
	kind roundingKind
	// Of floats: the bits of the significand, the leading one included, and the
	// smallest exponent of a normal number.
	significand, lowest int
	block               int // elements that share a scale, at most windowSize
}

type roundingKind int

const (
	unrounded   roundingKind = iota
	float                    // to nearest, of a known grid
	scaledFloat              // the same after a scale that is not known
	evenLevels               // equal steps and one offset a block
	anyLevels                // to the nearest of some levels
	compensated              // errors are carried on to later elements, or vectors are rounded together
	integer                  // whole numbers whose scale is elsewhere
)

// floatTypes are the significand bits and lowest exponents of floating-point
// types (IEEE 754, OCP 8-bit Floating Point Specification 1.0).
var floatTypes = map[string][2]int{
	"F64": {53, -1022}, "F32": {24, -126}, "F16": {11, -14}, "BF16": {8, -126}, "F8_E4M3": {4, -6}, "F8_E5M2": {3, -14},
}

// roundingOf tells how a tensor's values were rounded, from its type and scheme.
func roundingOf(t *fingerprint.TensorPrint) rounding {
	d := strings.ToUpper(string(t.DType))
	if t.Form != "" && floatTypes[string(t.Form)] != [2]int{} {
		d = string(t.Form)
	}
	scheme := strings.ToLower(t.Scheme)
	f, isFloat := floatTypes[d]
	switch {
	case strings.Contains(scheme, "gptq"), strings.Contains(scheme, "awq"), scheme == "pack-quantized":
		return rounding{kind: compensated, block: windowSize}
	case strings.HasPrefix(scheme, "fp8"), scheme == "scaled" && isFloat:
		return rounding{kind: scaledFloat, significand: max(f[0], 3), lowest: f[1], block: windowSize}
	case strings.Contains(scheme, "nvfp4"):
		return rounding{kind: anyLevels, block: 16}
	case strings.Contains(scheme, "mxfp4"), scheme == "bitsandbytes-4bit":
		return rounding{kind: anyLevels, block: windowSize}
	case scheme != "":
		return rounding{kind: evenLevels, block: windowSize}
	case isFloat:
		return rounding{kind: float, significand: f[0], lowest: f[1], block: windowSize}
	}
	switch d {
	case "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q8_1", "Q4_K", "Q5_K", "Q8_K":
		return rounding{kind: evenLevels, block: windowSize}
	case "Q2_K", "Q3_K", "Q6_K":
		return rounding{kind: evenLevels, block: 16}
	case "IQ4_NL", "IQ4_XS", "MXFP4", "TQ1_0", "TQ2_0":
		return rounding{kind: anyLevels, block: windowSize}
	case "NVFP4":
		return rounding{kind: anyLevels, block: 16}
	case "I8", "U8", "I4", "U4", "I16", "U16":
		return rounding{kind: evenLevels, block: windowSize}
	}
	if strings.HasPrefix(d, "IQ") {
		return rounding{kind: compensated, block: windowSize}
	}
	return rounding{kind: unrounded}
}

// coarser reports whether values rounded like r can come from values rounded
// like o and not be these: a type narrower than a float.
func (r rounding) coarser(o rounding) bool {
	switch {
	case r.kind == unrounded:
		return false
	case r.kind == float && o.kind == float:
		return r.significand < o.significand || r.significand > o.significand && r.lowest > o.lowest
	}
	return r.kind != float
}
