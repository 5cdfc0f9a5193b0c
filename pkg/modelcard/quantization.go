package modelcard

import "io"

// A Quantization is a declared quantisation: the "quantization_config" of a
// configuration, or a quantize_config.json (GPTQ) or quant_config.json (AWQ).
type Quantization struct {
	Path string
	// Key is "quantization_config" or where else it stands; empty for a file
	// of its own.
	Key string

	Method    Statement // quant_method: gptq, awq, bitsandbytes, fp8, mxfp4, compressed-tensors, ...
	Bits      Statement // bits, w_bit, or num_bits of the first compressed-tensors group that has it
	GroupSize Statement // group_size, q_group_size, or that of the group
	// Format is how the method stores its values: format, checkpoint_format,
	// fmt, version or bnb_4bit_quant_type, whichever is there first.
	Format Statement
	// Settings holds all scalars and short lists of the object in file order,
	// the ones above included, at most 64.
	Settings []Statement
}

// maxSettings bounds the settings of one object.
const maxSettings = 64

// ReadQuantization reads a quantize_config.json or quant_config.json.
func ReadQuantization(path string, r io.Reader) (*Quantization, []Problem, error) {
	n := &notes{path: path}
	root, err := readJSON(n, r, object)
	if err != nil {
		return nil, nil, err
	}
	return readQuantization(entry{value: root, notes: n}), n.problems(), nil
}

// quantization reads the quantisation of a configuration.
// "compression_config" is what compressed-tensors wrote at first.
func quantization(e entry) *Quantization {
	for _, key := range []string{"quantization_config", "compression_config", "quantization"} {
		if c := e.at(key); c.value != nil && c.kind == object {
			return readQuantization(c)
		} else if c.value != nil && key != "quantization" {
			c.wrong("an object")
		}
	}
	return nil
}

func readQuantization(e entry) *Quantization {
	q := &Quantization{
		Path:      e.notes.path,
		Key:       e.key,
		Method:    e.scalar("quant_method"),
		Bits:      e.first("bits", "w_bit"),
		GroupSize: e.first("group_size", "q_group_size"),
		Format:    e.first("format", "checkpoint_format", "fmt", "version", "bnb_4bit_quant_type"),
		Settings:  settings(e),
	}
	for g := range group(e, "config_groups").all() {
		if g.kind != object {
			continue
		}
		weights := group(g, "weights")
		if q.Bits.IsZero() {
			q.Bits = weights.scalar("num_bits")
		}
		if q.GroupSize.IsZero() {
			q.GroupSize = weights.scalar("group_size")
		}
	}
	return q
}

// settings returns the members of an object that are scalars or short lists of
// scalars, in file order. Nested objects and long lists, such as the names of
// the layers that are left alone, are no settings and no problem.
func settings(e entry) []Statement {
	var list []Statement
	for c := range e.all() {
		s, err := c.inline()
		if err != nil || s.IsZero() || len(s.Value) > MaxValue {
			continue
		}
		if len(list) == maxSettings {
			e.notes.add(e.key, "more than %d settings, of which %d are read", maxSettings, maxSettings)
			break
		}
		list = append(list, s)
	}
	return list
}
