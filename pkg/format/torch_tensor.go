package format

import (
	"math"

	"github.com/modelbom/modelbom/pkg/pickle"
)

// A torchStorage is what a persistent id refers to: a run of elements in the
// file.
type torchStorage struct {
	torchType
	at, bytes int64
	// why is set when the bytes cannot be used: compressed, or not there.
	why string
}

// A torchView is a tensor as a pickle describes it.
type torchView struct {
	name    string
	at      int64 // of the call that rebuilds it
	storage torchStorage
	offset  int64 // in elements
	shape   []uint64
	strides []int64
}

// rebuild reads the arguments that all functions which rebuild a dense tensor
// begin with: storage, offset, size and stride.
func (t *torchReader) rebuild(name string, at int64, args []pickle.Value, dtype pickle.Value) {
	if len(args) < 4 {
		t.fail(at, ErrMalformed, "tensor %s is made of %d arguments", quote(name), len(args))
		return
	}
	s, ok := t.storageOf(name, at, args[0])
	if !ok {
		return
	}
	v := torchView{name: name, at: at, storage: s}
	offset, ok := args[1].(pickle.Int)
	shape, ok2 := ints(args[2])
	strides, ok3 := ints(args[3])
	if !ok || !ok2 || !ok3 || offset < 0 || len(shape) != len(strides) || len(shape) > MaxRank {
		t.fail(at, ErrMalformed, "tensor %s has the offset %s, size %s and stride %s", quote(name), pickle.Describe(args[1]), pickle.Describe(args[2]), pickle.Describe(args[3]))
		return
	}
	v.offset, v.strides = int64(offset), strides
	for _, d := range shape {
		v.shape = append(v.shape, uint64(d))
	}
	if dtype != nil {
		kind, written, ok := dtypeOf(dtype)
		if !ok {
			t.unread(name, at, "its dtype is "+quote(written))
			return
		}
		v.storage.torchType = kind
	}
	t.place(&v)
}

// storageOf finds the storage that an argument refers to.
func (t *torchReader) storageOf(name string, at int64, v pickle.Value) (torchStorage, bool) {
	p, ok := v.(*pickle.Persistent)
	if !ok {
		t.unread(name, at, "its storage is "+quote(pickle.Describe(v)))
		return torchStorage{}, false
	}
	s, ok := t.storage(p)
	if t.err != nil {
		return s, false
	}
	switch {
	case !ok:
		t.fail(at, ErrMalformed, "tensor %s has the storage %s", quote(name), quote(pickle.Describe(p.ID)))
		return s, false
	case s.why != "":
		t.unread(name, at, s.why)
		return s, false
	}
	return s, true
}

// unread notes a tensor whose values cannot be found.
func (t *torchReader) unread(name string, at int64, why string) {
	if t.walk.limit(t, name, at) {
		t.h.Unread = append(t.h.Unread, name)
		t.h.note(at, "tensor %s is not read: %s", quote(name), why)
	}
}

// place checks a view against its storage and adds the tensor.
func (t *torchReader) place(v *torchView) {
	n, ok := elements(v.shape)
	if !ok {
		t.fail(v.at, ErrMalformed, "the shape of tensor %s overflows", quote(v.name))
		return
	}
	last, ok := v.last(n)
	room := v.storage.bytes / v.storage.size // in elements
	if !ok || n > 0 && last >= room {
		t.fail(v.at, ErrMalformed, "tensor %s reaches beyond the %d elements of its storage", quote(v.name), room)
		return
	}
	if n == 0 {
		v.offset, last = min(v.offset, room), min(v.offset, room)-1
	}
	tensor := Tensor{
		Name: v.name, DType: v.storage.dtype, Shape: v.shape,
		Offset: v.storage.at + v.offset*v.storage.size, Size: (last + 1 - v.offset) * v.storage.size,
	}
	if n > 0 && !v.contiguous() {
		tensor.Layout = &Layout{Strides: v.strides}
	}
	if !t.packed(v, &tensor) || !t.walk.limit(t, v.name, v.at) {
		return
	}
	if v.storage.note != "" {
		t.h.note(v.at, "tensor %s is %s", quote(v.name), v.storage.note)
	}
	if _, _, known := tensor.DType.Block(); !known {
		t.h.note(v.at, "tensor %s has the dtype %s, whose values are not known here", quote(v.name), quote(tensor.DType))
	}
	t.used[v.storage.at] = true
	t.h.Tensors = append(t.h.Tensors, tensor)
}

// packed counts the values of a type that has two in a byte, of which PyTorch's
// shapes count the bytes.
func (t *torchReader) packed(v *torchView, tensor *Tensor) bool {
	if tensor.DType != "F4" {
		return true
	}
	rank := len(v.shape)
	if tensor.Layout != nil || rank == 0 || v.shape[rank-1] > math.MaxInt64/2 {
		t.unread(v.name, v.at, "a view into elements that share bytes")
		return false
	}
	v.shape[rank-1] *= 2
	if _, ok := elements(v.shape); !ok {
		t.fail(v.at, ErrMalformed, "the shape of tensor %s overflows", quote(v.name))
	}
	return t.err == nil
}

// last returns the index in the storage of the last element of n, and false when
// it overflows.
func (v *torchView) last(n int64) (int64, bool) {
	last := v.offset
	for i, d := range v.shape {
		s := v.strides[i]
		if s < 0 {
			return 0, false
		}
		if n == 0 || d <= 1 || s == 0 {
			continue
		}
		if int64(d)-1 > (math.MaxInt64-last)/s {
			return 0, false
		}
		last += (int64(d) - 1) * s
	}
	return last, true
}

// contiguous reports whether the elements lie in row-major order without holes.
func (v *torchView) contiguous() bool {
	want := int64(1)
	for i := len(v.shape) - 1; i >= 0; i-- {
		if v.shape[i] != 1 && v.strides[i] != want {
			return false
		}
		want *= int64(v.shape[i])
	}
	return true
}

// ints returns the integers of a tuple, list or torch.Size. None is negative
// among sizes; a stride may be, and is refused later.
func ints(v pickle.Value) ([]int64, bool) {
	if o, ok := v.(*pickle.Object); ok && pickle.IsGlobal(o.Class, "torch.Size") {
		if args := arguments(o); len(args) == 1 {
			v = args[0]
		}
	}
	items, ok := sequence(v)
	if !ok || len(items) > MaxRank {
		return nil, false
	}
	var list []int64
	for _, item := range items {
		n, ok := item.(pickle.Int)
		if !ok || n < 0 {
			return nil, false
		}
		list = append(list, int64(n))
	}
	return list, true
}

// sequence returns the items of a tuple or list.
func sequence(v pickle.Value) ([]pickle.Value, bool) {
	switch v := v.(type) {
	case *pickle.Tuple:
		return v.Items, true
	case *pickle.List:
		return v.Items, true
	}
	return nil, false
}

// arguments returns the arguments of a call, nil when they are no tuple.
func arguments(o *pickle.Object) []pickle.Value {
	if t, ok := o.Args.(*pickle.Tuple); ok {
		return t.Items
	}
	return nil
}
