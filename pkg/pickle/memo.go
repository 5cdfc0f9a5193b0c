package pickle

// A memo holds values by number. A pickler counts up from 0, so most lie in a
// slice; a number that leaves a gap goes into a map.
type memo struct {
	dense  []Value
	sparse map[uint64]Value
}

func (m *memo) get(i uint64) Value {
	if i < uint64(len(m.dense)) {
		return m.dense[i]
	}
	return m.sparse[i]
}

func (m *memo) len() int { return len(m.dense) + len(m.sparse) }

// put stores a value and returns the one that was there.
func (m *memo) put(i uint64, v Value) Value {
	old := m.get(i)
	switch {
	case i < uint64(len(m.dense)):
		m.dense[i] = v
	case i == uint64(len(m.dense)) && m.sparse[i] == nil:
		m.dense = append(m.dense, v)
	case m.sparse == nil:
		m.sparse = map[uint64]Value{i: v}
	default:
		m.sparse[i] = v
	}
	return old
}

// remember runs the opcodes of the memo.
func (m *machine) remember(op byte, at int64) bool {
	switch op {
	case opPut:
		m.put(m.lineIndex(at), at)
	case opBinPut:
		m.put(m.in.uint(1), at)
	case opLongBinPut:
		m.put(m.in.uint(4), at)
	case opMemoize:
		m.put(uint64(m.memo.len()), at)
	case opGet:
		m.get(m.lineIndex(at), at)
	case opBinGet:
		m.get(m.in.uint(1), at)
	case opLongBinGet:
		m.get(m.in.uint(4), at)
	default:
		return false
	}
	return true
}

func (m *machine) put(i uint64, at int64) {
	v := m.top(at)
	if v == nil {
		return
	}
	if m.memo.len() >= MaxMemo {
		m.in.fail(at, ErrLimit, "more than %d values in the memo", MaxMemo)
		return
	}
	m.take(2 * slotCost)
	if i >= MaxMemo {
		m.take(6 * slotCost)
		m.anomaly(at, "far memo index", "%d", i)
	}
	if old := m.memo.put(i, v); old != nil && old != v {
		m.anomaly(at, "memo overwritten", "entry %d was %s and becomes %s", i, old, v)
	}
}

func (m *machine) get(i uint64, at int64) {
	if m.in.err != nil {
		return
	}
	v := m.memo.get(i)
	if v == nil {
		m.in.fail(at, ErrMalformed, "memo entry %d is not there", i)
		return
	}
	m.push(v, at)
}

// lineIndex reads an index in decimal.
func (m *machine) lineIndex(at int64) uint64 {
	text, _ := m.in.line()
	n, ok := parseInt(text)
	if m.in.err == nil && (!ok || n < 0) {
		m.in.fail(at, ErrMalformed, "memo index %s", quote(text))
	}
	return uint64(n)
}
