package pickle

import (
	"bytes"
	"io"
	"strings"
)

// nested runs a byte string that looks like a pickle: a loader may unpickle it
// in turn. at is the opcode that pushes it; begin and end are its place in src.
func (m *machine) nested(src io.ReaderAt, at, begin, end int64) {
	if m.in.err != nil {
		return
	}
	if m.nesting == MaxNesting {
		m.anomaly(at, "pickles nested too deep", "more than %d", MaxNesting)
		return
	}
	inner := newMachine(src, begin, end, m.shared)
	inner.nesting = m.nesting + 1
	first := len(m.shared.list)
	inner.run()
	if src != m.in.src {
		for i := first; i < len(m.shared.list); i++ {
			m.shared.list[i].Offset = at
		}
	}
	switch {
	case inner.in.err == nil || m.shared.acts(first):
		m.anomaly(at, "pickle inside of a byte string", "%d bytes", end-begin)
	case inner.in.err.Err == ErrLimit:
		m.in.fail(at, ErrLimit, "a pickle inside of a byte string: %s", inner.in.err.Detail)
	default:
		m.shared.forget(first)
	}
}

// Likely reports whether bytes look like the beginning of a pickle: from protocol
// 2 on there is an opcode PROTO; before, there are only the opcodes of the usual
// first objects.
func Likely(head []byte) bool {
	if len(head) < 2 {
		return false
	}
	if head[0] == opProto {
		return head[1] >= 1 && head[1] <= maxProtocol
	}
	i := bytes.IndexAny(head, "ci")
	if i < 0 || i > 0 && strings.Trim(string(head[:i]), "(]})") != "" {
		return false
	}
	module, rest, ok := bytes.Cut(head[i+1:], []byte("\n"))
	name, rest, ok2 := bytes.Cut(rest, []byte("\n"))
	return ok && ok2 && len(rest) > 0 && sane(string(module)) && sane(string(name))
}
