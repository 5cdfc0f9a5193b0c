package format

import (
	"encoding/binary"
	"io"
	"iter"
	"math"
)

// Strings reads the items of an array of strings from the file that the array
// was found in. Memory stays small whatever the array's length. An error, of
// type *Error, ends the sequence; an array of another type is one.
func (a *Array) Strings(r io.ReaderAt) iter.Seq2[string, error] {
	return items(a, r, a.Items == TypeString, func(c *cursor) string {
		n := c.u64()
		if c.err == nil && n > MaxArrayString && n <= uint64(c.left()) {
			c.fail(ErrLimit, "a string of %d bytes in an array, the limit is %d", n, MaxArrayString)
		}
		return c.text(n)
	})
}

// MaxArrayString bounds one string of an array in bytes: tokens are short.
const MaxArrayString = 16 << 20

// Ints reads the items of an array of integers or booleans, as Strings does. An
// unsigned integer beyond the range of an int64 is an error.
func (a *Array) Ints(r io.ReaderAt) iter.Seq2[int64, error] {
	ok := a.Items == TypeInt || a.Items == TypeUint || a.Items == TypeBool
	return items(a, r, ok && a.hasWidth(1, 2, 4, 8), func(c *cursor) int64 {
		at := c.off()
		if a.Items == TypeInt {
			return c.int(a.width)
		}
		n := c.uint(a.width)
		if n > math.MaxInt64 {
			c.failAt(at, ErrLimit, "%d does not fit into an int64", n)
		}
		if a.Items == TypeBool && n > 1 {
			c.failAt(at, ErrMalformed, "the boolean %d", n)
		}
		return int64(n)
	})
}

// Floats reads the items of an array of floating-point numbers, as Strings does.
func (a *Array) Floats(r io.ReaderAt) iter.Seq2[float64, error] {
	return items(a, r, a.Items == TypeFloat && a.hasWidth(4, 8), func(c *cursor) float64 {
		return c.float(a.width)
	})
}

func (a *Array) hasWidth(widths ...int) bool {
	for _, w := range widths {
		if a.width == w {
			return true
		}
	}
	return false
}

// items yields what read returns for each item of an array.
func items[T any](a *Array, r io.ReaderAt, typed bool, read func(*cursor) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var zero T
		c := newCursor("gguf", r, 0)
		if a.bigEndian {
			c.order = binary.BigEndian
		}
		if a.Offset < 0 || a.Size < 0 || a.Offset > maxFile || a.Size > maxFile {
			c.fail(ErrLimit, "an array of %d bytes at byte %d", a.Size, a.Offset)
		} else {
			c.base, c.end, c.past = a.Offset, a.Offset+a.Size, ErrMalformed
		}
		if !typed {
			c.fail(ErrUnsupported, "an array of %s was asked for another type", a.Items)
		}
		for i := int64(0); i < a.Len && c.err == nil; i++ {
			item := read(c)
			if c.err == nil && !yield(item, nil) {
				return
			}
		}
		if c.err != nil {
			yield(zero, c.err)
		}
	}
}

// float reads a floating-point number of 4 or 8 bytes.
func (c *cursor) float(width int) float64 {
	if width == 4 {
		return float64(math.Float32frombits(c.u32()))
	}
	return math.Float64frombits(c.u64())
}
