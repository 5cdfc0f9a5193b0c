// Package pickle says what a Python pickle holds and what loading it would do,
// without doing any of it.
//
// A pickle is a program for a stack machine. [Run] interprets the opcodes of
// protocols 0 to 5 on symbols: a global is its name, a call is a record of what
// would be called with what. Nothing is imported, called or looked up, and no
// name has a meaning to this package; a caller may rank the names that it looks
// for ([Options]), and those are kept when there are too many.
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
	// MaxRecords bounds the different records that are not ranked. One more says
	// that there were others.
	MaxRecords = 20_000
	// MaxRank is the last rank of [Options.Rank], MaxRanked bounds the different
	// records of each: those that call, and again all others.
	MaxRank   = 32
	MaxRanked = 500
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
	// Skimmed is how many bytes behind a limit were passed over, opcode by
	// opcode and without a stack. Of those only names that are ranked were
	// recorded, and none as a call.
	Skimmed int64
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

// Options are what a caller adds to a run.
type Options struct {
	// Rank ranks a dotted name from 1 to [MaxRank], 0 for one that the caller
	// does not look for. Records of each rank have room of their own, so that no
	// flood of other names leaves them out. It is called once for each
	// different record, and nil ranks nothing.
	Rank func(name string) int
	// Skim is how many bytes behind a limit are passed over for names that Rank
	// ranks. See [Program.Skimmed].
	Skim int64
	// Foreign, when set, is asked after each BUILD of the outermost pickle, as
	// some loaders read bytes that are no pickle there. At is where the next
	// opcode would stand; what is returned is where it does, at or behind it. An
	// error ends the run.
	Foreign func(o *Object, state Value, at int64) (next int64, err error)
}

// Run runs the pickle that begins at a byte of a reader of size bytes. It reads
// no further than the buffer that holds the opcode STOP. The program is never
// nil; it says itself whether it could be run.
func Run(r io.ReaderAt, begin, size int64) *Program {
	return RunWith(r, begin, size, Options{})
}

// RunWith is [Run] with options.
func RunWith(r io.ReaderAt, begin, size int64, options Options) *Program {
	shared := &shared{records: make(map[recordKey]int), spent: make(map[budget]int), Options: options}
	m := newMachine(r, begin, size, shared)
	m.run()
	p := &Program{Begin: begin, End: m.in.offset(), Protocol: m.protocol, Opcodes: shared.opcodes, Err: m.in.err}
	if p.Err == nil {
		p.Root = m.root
	} else if p.Err.Err == ErrLimit && options.Rank != nil && options.Skim > 0 {
		p.Skimmed = m.skim(r, p.End, size)
	}
	p.Records = shared.sorted()
	return p
}
