package pickle

import "io"

// What values take in memory, in bytes, by estimate.
const (
	slotCost   = 16 // a Value
	tupleCost  = 24
	objectCost = 80
	globalCost = 160
	textCost   = 24
)

// shared is what a pickle has in common with the pickles nested in it.
type shared struct {
	opcodes int
	memory  int64
	records map[recordKey]int // index in list
	list    []kept
	spent   map[budget]int // records in list
	over    bool           // a record had no room
	Options
}

// A machine runs one pickle.
type machine struct {
	in       reader
	shared   *shared
	nesting  int
	begin    int64
	protocol int // of the last PROTO
	protos   int // PROTO opcodes
	frame    int64
	stack    []Value
	marks    []int // heights of the stack
	memo     memo
	root     Value
	done     bool
}

func newMachine(r io.ReaderAt, begin, size int64, s *shared) *machine {
	m := &machine{shared: s, begin: begin, in: reader{src: r, base: begin, end: size, size: minWindow}}
	if begin < 0 || begin > size {
		m.in.base, m.in.end = 0, 0
		m.in.fail(begin, ErrTruncated, "the pickle begins outside of the %d bytes", size)
	}
	return m
}

// run runs opcodes up to STOP or an error.
func (m *machine) run() {
	for !m.done && m.in.err == nil {
		at := m.in.offset()
		if m.shared.opcodes == MaxOpcodes {
			m.in.fail(at, ErrLimit, "more than %d opcodes", MaxOpcodes)
			return
		}
		op := m.in.u8()
		if m.in.err != nil {
			return
		}
		m.shared.opcodes++
		m.step(op, at)
		m.checkFrame(at)
		if m.shared.memory > MaxMemory {
			m.in.fail(at, ErrLimit, "the values take more than %d bytes", MaxMemory)
		}
	}
	if m.in.err == nil {
		m.leftovers()
	}
}

// step runs one opcode, which was read.
func (m *machine) step(op byte, at int64) {
	switch {
	case m.number(op, at), m.text(op, at), m.collect(op, at), m.remember(op, at), m.refer(op, at), m.control(op, at):
	default:
		m.in.fail(at, ErrMalformed, "unknown opcode 0x%02X", op)
	}
}

// control runs the opcodes that are about the pickle itself or the stack.
func (m *machine) control(op byte, at int64) bool {
	switch op {
	case opProto:
		m.proto(at)
	case opFrame:
		m.beginFrame(at)
	case opStop:
		m.root = m.pop(at)
		m.done = true
	case opMark:
		m.mark(at)
	case opPop:
		if n := len(m.marks); n > 0 && m.marks[n-1] == len(m.stack) {
			m.marks = m.marks[:n-1]
			return true
		}
		m.pop(at)
	case opPopMark:
		m.popMark(at)
	case opDup:
		if v := m.top(at); v != nil {
			m.push(v, at)
		}
	default:
		return false
	}
	return true
}

func (m *machine) proto(at int64) {
	n := int(m.in.u8())
	if n > maxProtocol {
		m.in.fail(at, ErrUnsupported, "protocol %d", n)
		return
	}
	if m.protos++; m.protos > 1 {
		m.anomaly(at, "repeated PROTO", "protocol %d after %d", n, m.protocol)
	} else if at != m.begin {
		m.anomaly(at, "misplaced PROTO", "%d bytes after the pickle's begin", at-m.begin)
	}
	m.protocol = n
}

// beginFrame notes where a frame says that it ends. Frames only help to read
// ahead, so a wrong one changes nothing here; Python refuses the pickle when it
// comes to the frame, after all that stands before.
func (m *machine) beginFrame(at int64) {
	n := m.in.uint(8)
	if m.in.err != nil {
		return
	}
	if at < m.frame {
		m.anomaly(at, "FRAME inside of a frame", "the outer one ends at byte %d", m.frame)
	}
	if n > uint64(m.in.left()) {
		m.anomaly(at, "FRAME beyond the end", "a frame of %d bytes, %d left", n, m.in.left())
		m.frame = 0
		return
	}
	m.frame = m.in.offset() + int64(n)
}

// checkFrame notes an opcode that crosses the end of a frame.
func (m *machine) checkFrame(at int64) {
	if at < m.frame && m.in.offset() > m.frame && m.in.err == nil {
		m.anomaly(at, "opcode across the end of a FRAME", "the frame ends at byte %d", m.frame)
	}
}

// leftovers notes what a finished pickle leaves behind.
func (m *machine) leftovers() {
	at := m.in.offset() - 1
	if n := len(m.stack); n > 0 {
		m.anomaly(at, "values left on the stack", "%d, the last is %s", n, m.stack[n-1])
	}
	if n := len(m.marks); n > 0 {
		m.anomaly(at, "marks left on the stack", "%d", n)
	}
}

// take accounts for memory.
func (m *machine) take(bytes int) { m.shared.memory += int64(bytes) }

func (m *machine) push(v Value, at int64) {
	if len(m.stack)+len(m.marks) >= MaxStack {
		m.in.fail(at, ErrLimit, "more than %d values on the stack", MaxStack)
		return
	}
	m.stack = append(m.stack, v)
}

func (m *machine) mark(at int64) {
	if len(m.stack)+len(m.marks) >= MaxStack {
		m.in.fail(at, ErrLimit, "more than %d values on the stack", MaxStack)
		return
	}
	m.marks = append(m.marks, len(m.stack))
}

// floor is the height of the stack below which nothing may be taken.
func (m *machine) floor() int {
	if n := len(m.marks); n > 0 {
		return m.marks[n-1]
	}
	return 0
}

// top returns the value on top of the stack, nil after an error.
func (m *machine) top(at int64) Value {
	if m.in.err != nil {
		return nil
	}
	if len(m.stack) <= m.floor() {
		m.in.fail(at, ErrMalformed, "the stack is empty")
		return nil
	}
	return m.stack[len(m.stack)-1]
}

// pop takes the value on top of the stack, nil after an error.
func (m *machine) pop(at int64) Value {
	v := m.top(at)
	if v != nil {
		m.stack[len(m.stack)-1] = nil
		m.stack = m.stack[:len(m.stack)-1]
	}
	return v
}

// popMark takes what stands above the last mark. The result is valid until the
// next push.
func (m *machine) popMark(at int64) (items []Value, ok bool) {
	n := len(m.marks)
	if m.in.err != nil || n == 0 {
		m.in.fail(at, ErrMalformed, "no mark on the stack")
		return nil, false
	}
	items = m.stack[m.marks[n-1]:]
	m.stack = m.stack[:m.marks[n-1]]
	m.marks = m.marks[:n-1]
	return items, true
}

// replace puts a value in the place of the n on top, which have been checked to
// be there.
func (m *machine) replace(n int, v Value) {
	m.stack = append(m.stack[:len(m.stack)-n], v)
}

// has reports whether n values stand above the last mark, and fails if not.
func (m *machine) has(n int, at int64) bool {
	if m.in.err == nil && len(m.stack)-m.floor() < n {
		m.in.fail(at, ErrMalformed, "%d values wanted on the stack, %d there", n, len(m.stack)-m.floor())
	}
	return m.in.err == nil
}
