package pickle

import (
	"cmp"
	"fmt"
	"slices"
)

// A Record is one thing that loading a pickle would do, or an anomaly. What is
// done many times is one record.
type Record struct {
	Kind Kind
	// Op is the opcode, such as "REDUCE"; empty for anomalies.
	Op string
	// Offset is the first such instruction, in bytes from the start of the
	// reader.
	Offset int64
	// Name is what is imported, called or built, in Python 3's dotted name, or
	// the kind of the anomaly.
	Name string
	// Detail says more about the first occurrence, for people: arguments, the
	// name as it is written. It is bounded and may hold any characters.
	Detail string
	// Count is how many times it is done.
	Count int
	// Nested is set for what a pickle inside of a byte string does.
	Nested bool
}

// A Kind is the kind of a Record.
type Kind string

// The kinds of records.
const (
	KindGlobal    Kind = "global"    // a global is imported
	KindCall      Kind = "call"      // something is called
	KindBuild     Kind = "build"     // an object's state is set
	KindExtension Kind = "extension" // an extension code stands for a global
	KindAnomaly   Kind = "anomaly"   // a pickler does not write this
)

type recordKey struct {
	kind   Kind
	op     byte
	name   string
	nested bool
}

// maxRecordName bounds a record's name in bytes.
const maxRecordName = 1 << 10

// A kept is a record with its key, and the budget that it counts against.
type kept struct {
	Record
	key    recordKey
	budget budget
}

// A budget is what a record counts against: a flood of names that nobody asked
// for leaves room for those that a caller ranks.
type budget struct {
	rank int
	call bool
}

// budgetOf ranks a record that is about to be made. What is called is counted
// apart from what is only named.
func (s *shared) budgetOf(k recordKey) budget {
	if s.Rank == nil || k.kind == KindAnomaly {
		return budget{}
	}
	n := s.Rank(k.name)
	if n < 1 || n > MaxRank {
		return budget{}
	}
	return budget{n, k.kind == KindCall}
}

// room reports whether a budget has room for another record. The first record
// without room leaves one that says so.
func (s *shared) room(b budget, at int64) bool {
	most := MaxRecords
	if b.rank > 0 {
		most = MaxRanked
	}
	if s.spent[b] < most {
		return true
	}
	if !s.over {
		s.over = true
		s.list = append(s.list, kept{Record: Record{Kind: KindAnomaly, Offset: at, Name: "too many records", Detail: "further ones are left out", Count: 1}})
	}
	return false
}

// find returns the record for a key, and whether it is new. It is nil when
// there are too many.
func (s *shared) find(k recordKey, at int64) (r *Record, fresh bool) {
	if len(k.name) > maxRecordName {
		k.name = k.name[:maxRecordName]
	}
	if i, ok := s.records[k]; ok {
		s.list[i].Count++
		return &s.list[i].Record, false
	}
	b := s.budgetOf(k)
	if !s.room(b, at) {
		return nil, false
	}
	s.records[k] = len(s.list)
	s.spent[b]++
	s.memory += int64(3*len(k.name) + 400)
	op := ""
	if k.op != 0 {
		op = opName(k.op)
	}
	s.list = append(s.list, kept{Record{Kind: k.kind, Op: op, Offset: at, Name: k.name, Count: 1, Nested: k.nested}, k, b})
	return &s.list[len(s.list)-1].Record, true
}

// forget takes back the records from the n-th on.
func (s *shared) forget(n int) {
	for _, k := range s.list[n:] {
		if k.key.kind == "" {
			s.over = false
			continue
		}
		delete(s.records, k.key)
		s.spent[k.budget]--
	}
	s.list = s.list[:n]
}

// acts reports whether a record from the n-th on is no anomaly.
func (s *shared) acts(n int) bool {
	return slices.ContainsFunc(s.list[n:], func(r kept) bool { return r.Kind != KindAnomaly })
}

// sorted returns the records by offset. Those of one offset keep their order.
func (s *shared) sorted() []Record {
	var list []Record
	for i := range s.list {
		list = append(list, s.list[i].Record)
	}
	slices.SortStableFunc(list, func(a, b Record) int { return cmp.Compare(a.Offset, b.Offset) })
	return list
}

func (m *machine) record(kind Kind, op byte, at int64, name, detail string) {
	if m.in.err != nil {
		return
	}
	if r, fresh := m.shared.find(recordKey{kind, op, name, m.nesting > 0}, at); fresh {
		r.Detail = detail
	}
}

func (m *machine) recordCall(kind Kind, op byte, at int64, name string, o *Object) {
	r, fresh := m.shared.find(recordKey{kind, op, name, m.nesting > 0}, at)
	if !fresh {
		return
	}
	if r.Detail = "with " + Describe(o.Args); o.Kwargs != nil {
		r.Detail += " and " + Describe(o.Kwargs)
	}
	if kind == KindGlobal {
		r.Detail = "by " + Describe(o)
	}
}

func (m *machine) recordState(at int64, name string, state Value) {
	if r, fresh := m.shared.find(recordKey{KindBuild, build, name, m.nesting > 0}, at); fresh {
		r.Detail = "state " + Describe(state)
	}
}

// anomaly records an anomaly. Arguments that are values are described, which
// only happens for the first of its kind.
func (m *machine) anomaly(at int64, name, format string, args ...any) {
	if m.in.err != nil {
		return
	}
	if r, fresh := m.shared.find(recordKey{KindAnomaly, 0, name, m.nesting > 0}, at); fresh {
		for i, a := range args {
			if v, ok := a.(Value); ok {
				args[i] = Describe(v)
			}
		}
		r.Detail = fmt.Sprintf(format, args...)
	}
}
