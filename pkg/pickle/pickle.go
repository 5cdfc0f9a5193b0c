// Package pickle says what a Python pickle holds and what loading it would do,
// without doing any of it.
//
// A pickle is a program for a stack machine. [Run] interprets the opcodes of
// protocols 0 to 5 on symbols: a global is its name, a call is a record of what
// would be called with what. Nothing is imported, called or looked up, and no
// name has a meaning to this package.
//
// The nouns: a [Program] is one pickle that was run, a [Value] what stands on
// its stack, a [Record] one thing that loading would do or that a well-meant
// writer does not write. Values keep their identity: what the pickle shares
// through its memo is the same pointer, so values may form cycles and anything
// that walks them has to expect that.
//
// Every byte is hostile. The limits below bound time and memory, lengths are
// compared with the bytes that are left before anything is allocated, long texts
// and byte strings stay in the file ([Blob]), and nothing recurses by what the
// file says. A pickle that breaks off is still run up to there: a loader would
// have done the same.
package pickle

import (
	"errors"
	"fmt"
	"io"
)

// Limits on one pickle with the pickles nested in it.
const (
	// MaxOpcodes bounds the opcodes: a state dictionary takes some 60 for each
	// tensor.
	MaxOpcodes = 10_000_000
	// MaxStack bounds the values and marks on the stack. Python's pickler
	// appends to a list or dictionary after at most 1,000 items.
	MaxStack = 1_000_000
	// MaxMemo bounds the values in the memo.
	MaxMemo = 4_000_000
	// MaxMemory bounds what values, stack and memo take, in bytes, by estimate.
	// A state dictionary takes some 800 bytes for each tensor.
	MaxMemory = 256 << 20
	// MaxKept bounds in bytes a text or byte string that is kept in memory;
	// longer ones stay in the file.
	MaxKept = 64 << 10
	// MaxRecords bounds the different records. One more says that there were
	// others.
	MaxRecords = 20_000
	// MaxNesting bounds how deep pickles inside byte strings are followed.
	MaxNesting = 4
)

// A Program is one pickle that was run.
type Program struct {
	// Begin is the first byte, End the one after the opcode STOP (or where the
	// run broke off), in bytes from the start of the reader.
	Begin, End int64
	// Protocol is what the last PROTO opcode names, 0 without one.
	Protocol int
	// Opcodes is the number of opcodes that were run.
	Opcodes int
	// Root is the value that loading returns; nil when Err is set.
	Root Value
	// Records are sorted by their first offset. They are there also when Err
	// is set, up to the byte that it names.
	Records []Record
	// Err says why the pickle could not be run to its end.
	Err *Error
}

// Sentinel errors, wrapped by *Error.
var (
	// ErrMalformed: no pickle machine would run this.
	ErrMalformed = errors.New("malformed pickle")
	// ErrTruncated: the pickle ends before what it promises.
	ErrTruncated = errors.New("truncated pickle")
	// ErrUnsupported: a protocol that this package does not know.
	ErrUnsupported = errors.New("unsupported pickle")
	// ErrLimit: the pickle asks for more than a named limit allows.
	ErrLimit = errors.New("pickle over the limit")
)

// An Error says what is wrong with a pickle, and where.
type Error struct {
	Offset int64 // in bytes from the start of the reader
	Detail string
	Err    error // a sentinel of this package, or the error of a read
}

func (e *Error) Error() string {
	return fmt.Sprintf("%v at byte %d: %s", e.Err, e.Offset, e.Detail)
}

func (e *Error) Unwrap() error { return e.Err }

// Run runs the pickle that begins at a byte of a reader of size bytes. It reads
// no further than the buffer that holds the opcode STOP. The program is never
// nil; it says itself whether it could be run.
func Run(r io.ReaderAt, begin, size int64) *Program {
	shared := &shared{records: make(map[recordKey]int)}
	m := newMachine(r, begin, size, shared)
	m.run()
	p := &Program{Begin: begin, End: m.in.offset(), Protocol: m.protocol, Opcodes: shared.opcodes, Records: shared.sorted(), Err: m.in.err}
	if p.Err == nil {
		p.Root = m.root
	}
	return p
}
