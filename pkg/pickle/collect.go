package pickle

// collect runs the opcodes that make tuples, lists, dictionaries and sets.
func (m *machine) collect(op byte, at int64) bool {
	switch op {
	case opEmptyTuple:
		m.take(tupleCost)
		m.push(&Tuple{}, at)
	case opTuple1, opTuple2, opTuple3:
		n := int(op-opTuple1) + 1
		if m.has(n, at) {
			m.replace(n, &Tuple{m.copied(m.stack[len(m.stack)-n:])})
		}
	case opTuple:
		m.marked(at, func(items []Value) Value { return &Tuple{m.copied(items)} })
	case opEmptyList:
		m.take(tupleCost)
		m.push(&List{}, at)
	case opList:
		m.marked(at, func(items []Value) Value { return &List{m.copied(items)} })
	case opEmptyDict:
		m.take(tupleCost)
		m.push(&Dict{}, at)
	case opDict:
		m.marked(at, func(items []Value) Value { return &Dict{m.pairs(items, at)} })
	case opEmptySet:
		m.take(tupleCost)
		m.push(&Set{}, at)
	case opFrozenSet:
		m.marked(at, func(items []Value) Value { return &Set{m.copied(items)} })
	default:
		return m.extend(op, at)
	}
	return true
}

// extend runs the opcodes that put values into what stands below them.
func (m *machine) extend(op byte, at int64) bool {
	switch op {
	case opAppend:
		if m.has(2, at) {
			v := m.pop(at)
			m.appendTo([]Value{v}, at)
		}
	case opAppends, opAddItems:
		if items, ok := m.popMark(at); ok {
			m.appendTo(items, at)
		}
	case opSetItem:
		if m.has(3, at) {
			n := len(m.stack)
			items := m.stack[n-2:]
			m.stack = m.stack[:n-2]
			m.assignTo(items, at)
		}
	case opSetItems:
		if items, ok := m.popMark(at); ok {
			m.assignTo(items, at)
		}
	default:
		return false
	}
	return true
}

// marked replaces what stands above the last mark by one value.
func (m *machine) marked(at int64, make func(items []Value) Value) {
	if items, ok := m.popMark(at); ok {
		m.push(make(items), at)
	}
}

func (m *machine) copied(items []Value) []Value {
	m.take(tupleCost + slotCost*len(items))
	return append(make([]Value, 0, len(items)), items...)
}

// appendTo appends items to the list, set or object on top of the stack.
func (m *machine) appendTo(items []Value, at int64) {
	m.take(slotCost * len(items))
	switch to := m.top(at).(type) {
	case nil:
	case *List:
		to.Items = append(to.Items, items...)
	case *Set:
		to.Items = append(to.Items, items...)
	case *Object:
		c := to.more()
		c.items = append(c.items, items...)
	default:
		m.anomaly(at, "items for what is no list", "%s", to)
	}
}

// assignTo assigns keys and values to the dictionary or object on top of the
// stack.
func (m *machine) assignTo(items []Value, at int64) {
	switch to := m.top(at).(type) {
	case nil:
	case *Dict:
		to.Entries = append(to.Entries, m.pairs(items, at)...)
	case *Object:
		c := to.more()
		c.entries = append(c.entries, m.pairs(items, at)...)
	default:
		m.anomaly(at, "items for what is no dictionary", "%s", to)
	}
}

// pairs makes entries of keys and values.
func (m *machine) pairs(items []Value, at int64) []Entry {
	if len(items)%2 != 0 {
		m.in.fail(at, ErrMalformed, "%d keys and values, which is no even number", len(items))
		return nil
	}
	m.take(2 * slotCost * (len(items) / 2))
	entries := make([]Entry, len(items)/2)
	for i := range entries {
		entries[i] = Entry{items[2*i], items[2*i+1]}
		switch k := entries[i].Key.(type) {
		case *List, *Dict, *Set:
			m.anomaly(at, "unhashable key", "%s", k)
		}
	}
	return entries
}
