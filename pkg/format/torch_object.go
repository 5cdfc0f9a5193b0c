package format

import (
	"strconv"

	"github.com/modelbom/modelbom/pkg/pickle"
)

// object looks at the result of a call: a tensor, what wraps one, or an object
// whose arguments, items and state may hold some.
func (t *torchReader) object(s torchStep, o *pickle.Object) {
	if g, ok := o.Class.(*pickle.Global); ok && t.known(s.name, o, g.String(), arguments(o)) {
		return
	}
	if !t.enter(s) {
		return
	}
	states := o.State()
	for i := len(states) - 1; i >= 0; i-- {
		t.state(s.name, states[i])
	}
	t.push(s.name, o.Entries())
	items := o.Items()
	for i := len(items) - 1; i >= 0; i-- {
		t.pushOne(join(s.name, strconv.Itoa(i)), items[i])
	}
	t.pushArguments(s.name, o)
}

// known handles the functions that make tensors. It is false for any other.
func (t *torchReader) known(name string, o *pickle.Object, class string, args []pickle.Value) bool {
	switch class {
	case "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2":
		t.rebuild(t.tensorName(name), o.Offset, args, nil)
		t.conjugated(name, o.Offset, args)
	case "torch._utils._rebuild_tensor_v3":
		if len(args) < 7 {
			t.fail(o.Offset, ErrMalformed, "tensor %s is made of %d arguments", quote(name), len(args))
			return true
		}
		t.rebuild(t.tensorName(name), o.Offset, args, args[6])
	case "torch._utils._rebuild_qtensor":
		t.rebuild(t.tensorName(name), o.Offset, args, nil)
		if len(args) > 4 {
			t.h.note(o.Offset, "tensor %s has the quantiser %s", quote(name), pickle.Describe(args[4]))
		}
	case "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state":
		if len(args) > 0 {
			t.pushOne(name, args[0])
		}
	case "torch._tensor._rebuild_from_type_v2", "torch.tensor._rebuild_from_type_v2", "torch._tensor._rebuild_from_type":
		t.fromType(name, o, args)
	case "torch._utils._rebuild_sparse_tensor", "torch._utils._rebuild_sparse_csr_tensor":
		t.sparse(name, o, args)
	case "torch._utils._rebuild_meta_tensor_no_storage":
		t.h.note(o.Offset, "tensor %s has no values, only a shape", quote(name))
	case "torch._utils._rebuild_wrapper_subclass", "torch._utils._rebuild_device_tensor_from_numpy", "torch._utils._rebuild_nested_tensor":
		t.unread(t.tensorName(name), o.Offset, "it is made by "+class)
	case "numpy.core.multiarray._reconstruct", "numpy._core.multiarray._reconstruct",
		"numpy.core.numeric._frombuffer", "numpy._core.numeric._frombuffer", "joblib.numpy_pickle.NumpyArrayWrapper":
		t.numpy.add(o.Offset)
	default:
		return false
	}
	return true
}

// tensorName is the name of a tensor that is found under a path.
func (t *torchReader) tensorName(path string) string {
	if path == "" {
		path = "tensor" // the tensor itself was saved
	}
	return t.walk.free(path)
}

// conjugated notes a tensor that is to be conjugated or negated after loading:
// the last argument of _rebuild_tensor_v2 is a dictionary of such bits.
func (t *torchReader) conjugated(name string, at int64, args []pickle.Value) {
	if len(args) < 7 {
		return
	}
	if d, ok := args[6].(*pickle.Dict); ok && len(d.Entries) > 0 {
		t.h.note(at, "tensor %s is stored with %s", quote(name), pickle.Describe(d))
	}
}

// fromType handles _rebuild_from_type_v2(function, type, arguments, state).
func (t *torchReader) fromType(name string, o *pickle.Object, args []pickle.Value) {
	if len(args) < 3 {
		t.fail(o.Offset, ErrMalformed, "tensor %s is made of %d arguments", quote(name), len(args))
		return
	}
	if len(args) > 3 && holds(args[3]) {
		t.state(name, args[3])
	}
	if inner := (&pickle.Object{Op: o.Op, Class: args[0], Args: args[2], Offset: o.Offset}); !pickle.IsGlobal(args[0], "torch._tensor._rebuild_from_type_v2") {
		t.pushOne(name, inner)
		return
	}
	t.fail(o.Offset, ErrMalformed, "tensor %s is made by a function within itself", quote(name))
}

// sparse adds the dense tensors of which a sparse one is made.
func (t *torchReader) sparse(name string, o *pickle.Object, args []pickle.Value) {
	parts := []string{"indices", "values"}
	if len(args) > 1 {
		if data, ok := sequence(args[1]); ok {
			if len(data) > 3 && !pickle.IsGlobal(o.Class, "torch._utils._rebuild_sparse_tensor") {
				parts = []string{"crow_indices", "col_indices", "values"}
			}
			for i := min(len(parts), len(data)) - 1; i >= 0; i-- {
				t.pushOne(join(name, parts[i]), data[i])
			}
			t.h.note(o.Offset, "tensor %s is sparse: its indices and values are read, and not it", quote(name))
			return
		}
	}
	t.unread(t.tensorName(name), o.Offset, "a sparse tensor of arguments that are not known")
}

// state looks at what BUILD sets: a dictionary of attributes, or a tuple of one
// and of slots. The dictionaries of a module give no part to the names of
// their tensors, as in its state_dict.
func (t *torchReader) state(name string, v pickle.Value) {
	if tuple, ok := v.(*pickle.Tuple); ok && len(tuple.Items) == 2 {
		for _, item := range []pickle.Value{tuple.Items[1], tuple.Items[0]} {
			if _, ok := item.(*pickle.Dict); ok {
				t.state(name, item)
			}
		}
	}
	d, ok := v.(*pickle.Dict)
	if !ok {
		if holds(v) {
			t.pushOne(name, v)
		}
		return
	}
	module := attribute(d, "_parameters") != nil && attribute(d, "_modules") != nil
	for i := len(d.Entries) - 1; i >= 0; i-- {
		e := d.Entries[i]
		if !holds(e.Value) {
			continue
		}
		key := keyName(e.Key)
		if module && oneOf(key, "_parameters", "_buffers", "_modules") {
			t.pushOne(name, e.Value)
			continue
		}
		t.pushOne(join(name, key), e.Value)
	}
}

// attribute returns the value of a key, nil when it is not there.
func attribute(d *pickle.Dict, key pickle.Text) (v pickle.Value) {
	for _, e := range d.Entries {
		if e.Key == pickle.Value(key) {
			v = e.Value
		}
	}
	return v
}

// pushArguments looks at the arguments of a call that is not known: those of
// an OrderedDict are pairs, a single one is what the object wraps.
func (t *torchReader) pushArguments(name string, o *pickle.Object) {
	args := arguments(o)
	if pickle.IsGlobal(o.Class, "collections.OrderedDict", "builtins.dict", "collections.defaultdict") && len(args) > 0 {
		if pairs, ok := sequence(args[len(args)-1]); ok {
			t.pushPairs(name, pairs)
			return
		}
	}
	if len(args) == 1 || pickle.IsGlobal(o.Class, "torch.jit._pickle.restore_type_tag") && len(args) > 0 {
		if holds(args[0]) {
			t.pushOne(name, args[0])
		}
		return
	}
	for i := len(args) - 1; i >= 0; i-- {
		if holds(args[i]) {
			t.pushOne(join(name, strconv.Itoa(i)), args[i])
		}
	}
}

func (t *torchReader) pushPairs(name string, pairs []pickle.Value) {
	for i := len(pairs) - 1; i >= 0; i-- {
		pair, ok := sequence(pairs[i])
		if ok && len(pair) == 2 && holds(pair[1]) {
			t.pushOne(join(name, keyName(pair[0])), pair[1])
		}
	}
}

// bare adds a storage that was saved without a tensor around it.
func (t *torchReader) bare(name string, p *pickle.Persistent) {
	id, ok := p.ID.(*pickle.Tuple)
	if !ok || len(id.Items) == 0 || id.Items[0] != pickle.Value(pickle.Text("storage")) {
		return
	}
	name = t.tensorName(name)
	s, ok := t.storageOf(name, p.Offset, p)
	if !ok {
		return
	}
	n := s.bytes / s.size
	t.place(&torchView{name: name, at: p.Offset, storage: s, shape: []uint64{uint64(n)}, strides: []int64{1}})
}
