package pickle

import "io"

// maxSkimmedTexts bounds the texts that skimming remembers for the memo.
const maxSkimmedTexts = 10_000

// A skimmer passes over the opcodes behind a limit. It keeps no stack: of what a
// pickle says there, only the names that are ranked are looked for.
type skimmer struct {
	*machine
	texts [2]string // the last two, as STACK_GLOBAL takes them
	memo  map[uint64]string
	count uint64 // of the memo
}

// skim passes over what follows the byte where a limit ended the run, and
// returns how many bytes it passed over. It ends at the end, at what is no
// opcode, and where the caller's bound is.
func (m *machine) skim(src io.ReaderAt, begin, size int64) int64 {
	end := size
	if m.shared.Skim < size-begin {
		end = begin + m.shared.Skim
	}
	in := reader{src: src, base: begin, end: end, size: maxWindow}
	behind := &machine{in: in, shared: m.shared, begin: begin, protocol: m.protocol}
	s := &skimmer{machine: behind, memo: map[uint64]string{}, count: uint64(m.memo.len())}
	for i := range m.stack {
		if t, ok := m.stack[i].(Text); ok {
			s.texts = [2]string{s.texts[1], string(t)}
		}
	}
	s.old(m)
	for behind.in.err == nil {
		at := behind.in.offset()
		op := behind.in.u8()
		if behind.in.err != nil || !s.step(op, at) {
			break
		}
	}
	return behind.in.offset() - begin
}

// old takes over the texts of the memo.
func (s *skimmer) old(m *machine) {
	for i, v := range m.memo.dense {
		if t, ok := v.(Text); ok && len(t) <= maxRecordName {
			s.remember(uint64(i), string(t))
		}
	}
}

func (s *skimmer) remember(i uint64, text string) {
	if len(s.memo) < maxSkimmedTexts {
		s.memo[i] = text
	}
}

// step passes over one opcode; false ends the skimming.
func (s *skimmer) step(op byte, at int64) bool {
	switch op {
	case opGlobal, Inst:
		module, _ := s.in.line()
		name, _ := s.in.line()
		s.name(op, module, name, at)
	case opStackGlobal:
		s.name(op, s.texts[0], s.texts[1], at)
	case opPut, opGet, opInt, opLong, opFloat, opPersID:
		s.in.line()
	case opString, opUnicode:
		text, _ := s.in.line()
		if op == opUnicode {
			text = rawUnicode(text)
		} else if t, ok := unquote(text); ok {
			text = t
		}
		s.text(text)
	case opBinPut:
		s.remember(s.in.uint(1), s.texts[1])
	case opLongBinPut:
		s.remember(s.in.uint(4), s.texts[1])
	case opMemoize:
		s.remember(s.count, s.texts[1])
		s.count++
	case opBinGet:
		s.recall(s.in.uint(1))
	case opLongBinGet:
		s.recall(s.in.uint(4))
	default:
		return s.argument(op)
	}
	return true
}

// argument passes over an opcode with an argument of a known size; false for
// what is no opcode.
func (s *skimmer) argument(op byte) bool {
	switch op {
	case opMark, opStop, opPop, opPopMark, opDup, opNone, opBinPersID, Reduce, opAppend, opBuild, opDict, opAppends, opList, Obj, opSetItem, opTuple,
		opSetItems, opEmptyDict, opEmptyList, opEmptyTuple, NewObj, opTuple1, opTuple2, opTuple3, opNewTrue, opNewFalse, opEmptySet, opAddItems, opFrozenSet,
		NewObjEx, opNextBuffer, opReadOnlyBuffer:
	case opBinInt1, opExt1:
		s.in.skip(1)
	case opProto:
		s.protocol = int(s.in.u8())
	case opBinInt2, opExt2:
		s.in.skip(2)
	case opBinInt, opExt4:
		s.in.skip(4)
	case opBinFloat, opFrame:
		s.in.skip(8)
	case opLong1:
		s.in.skip(int64(s.in.uint(1)))
	case opLong4:
		s.sized(4)
	case opShortBinString, opShortBinUnicode, opShortBinBytes:
		s.sized(1)
	case opBinString, opBinUnicode, opBinBytes:
		s.sized(4)
	case opBinUnicode8, opBinBytes8, opByteArray8:
		s.sized(8)
	default:
		return false
	}
	return true
}

// sized passes over a string behind its length, and keeps a short one.
func (s *skimmer) sized(width int) {
	n := s.in.uint(width)
	if n > uint64(max(0, s.in.left())) {
		s.in.fail(s.in.offset(), ErrTruncated, "a string of %d bytes", n)
		return
	}
	if n > maxRecordName {
		s.in.skip(int64(n))
		s.text("")
		return
	}
	s.text(string(s.in.next(int(n))))
}

func (s *skimmer) text(t string) {
	if len(t) > maxRecordName {
		t = ""
	}
	s.texts = [2]string{s.texts[1], t}
}

func (s *skimmer) recall(i uint64) {
	if t, ok := s.memo[i]; ok {
		s.text(t)
	}
}

// name records a name that is ranked.
func (s *skimmer) name(op byte, module, name string, at int64) {
	if s.in.err != nil || len(module)+len(name) > maxRecordName {
		return
	}
	g := newGlobal(module, name, s.protocol, at)
	if s.shared.Rank(g.full) > 0 {
		s.record(KindGlobal, op, at, g.full, "behind a limit, where names are read and nothing is run")
	}
}
