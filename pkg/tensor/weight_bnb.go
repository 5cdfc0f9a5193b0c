package tensor

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/modelbom/modelbom/pkg/format"
)

// bnb4 reads flat blocks of nibbles, the upper half first, as indices of the
// quant_map (bitsandbytes 0.45, functional.py, dequantize_4bit).
func (p parts) bnb4() (weightDecoder, error) {
	var s struct {
		BlockSize       int64   `json:"blocksize"`
		NestedBlockSize int64   `json:"nested_blocksize"`
		NestedOffset    float64 `json:"nested_offset"`
	}
	for _, name := range p.Tensors {
		if state := p.facts.State[name]; state != nil && strings.Contains(name, ".quant_state.") {
			if err := json.Unmarshal(state, &s); err != nil {
				return nil, fmt.Errorf("%w: a quant_state that is no JSON", format.ErrMalformed)
			}
		}
	}
	if s.BlockSize <= 0 || s.BlockSize > 1<<20 {
		return nil, fmt.Errorf("%w: no quant_state with a block size", format.ErrUnsupported)
	}
	values, err := p.part(".weight", (p.Parameters+1)/2, "U8")
	if err != nil {
		return nil, err
	}
	m, err := p.part(".quant_map", 16, "F32")
	if err != nil {
		return nil, err
	}
	table, err := m.values(0, 16)
	if err != nil {
		return nil, err
	}
	absmax, err := p.absmax((p.Parameters+s.BlockSize-1)/s.BlockSize, s.NestedBlockSize, float32(s.NestedOffset))
	return func(first int64, dst []float32) (int, error) {
		n := min(int64(len(dst)), s.BlockSize-first%s.BlockSize)
		scale, err := absmax(first / s.BlockSize)
		if err != nil {
			return 0, err
		}
		b, err := values.raw(first/2, (first+n+1)/2-first/2)
		if err != nil {
			return 0, err
		}
		for i := range n {
			dst[i] = table[nibble(b, int((first%2+i)^1))] * scale
		}
		return int(n), nil
	}, err
}

// absmax returns what reads the scale of a block of bitsandbytes: a number, or
// one that is itself quantised, to the codes of a nested map.
func (p parts) absmax(blocks, nestedBlock int64, offset float32) (func(block int64) (float32, error), error) {
	if !p.has(".nested_absmax") {
		r, err := p.part(".weight.absmax", blocks, floats...)
		return func(block int64) (float32, error) {
			v, err := r.values(block, 1)
			return v[0], err
		}, err
	}
	if nestedBlock <= 0 {
		return nil, fmt.Errorf("%w: nested scales without a block size", format.ErrUnsupported)
	}
	codes, err := p.part(".weight.absmax", blocks, "U8")
	if err != nil {
		return nil, err
	}
	m, err := p.part(".nested_quant_map", 256, "F32")
	if err != nil {
		return nil, err
	}
	table, err := m.values(0, 256)
	if err != nil {
		return nil, err
	}
	nested, err := p.part(".nested_absmax", (blocks+nestedBlock-1)/nestedBlock, "F32")
	return func(block int64) (float32, error) {
		code, err := codes.raw(block, 1)
		if err != nil {
			return 0, err
		}
		s, err := nested.values(block/nestedBlock, 1)
		return float32(table[code[0]]*s[0]) + offset, err
	}, err
}
