package pickle

import "bytes"

// refer runs the opcodes that name globals, call, build and refer to what lies
// outside of the pickle.
func (m *machine) refer(op byte, at int64) bool {
	switch op {
	case opGlobal:
		m.lineGlobal(at)
	case opStackGlobal:
		m.stackGlobal(at)
	case Reduce, NewObj, NewObjEx, Obj, Inst:
		m.callOp(op, at)
	case opBuild:
		m.build(at)
	case opExt1:
		m.extension(op, 1, at)
	case opExt2:
		m.extension(op, 2, at)
	case opExt4:
		m.extension(op, 4, at)
	case opPersID:
		text, _ := m.in.line()
		m.persistent(Text(text), at)
	case opBinPersID:
		if id := m.pop(at); id != nil {
			m.persistent(id, at)
		}
	case opNextBuffer:
		m.anomaly(at, "buffer outside of the pickle", "")
		m.push(Buffer{}, at)
	case opReadOnlyBuffer:
		m.top(at)
	default:
		return false
	}
	return true
}

func (m *machine) persistent(id Value, at int64) {
	if m.in.err == nil {
		m.take(objectCost)
		m.push(&Persistent{id, at}, at)
	}
}

// lineGlobal reads the two lines of GLOBAL or INST.
func (m *machine) lineGlobal(at int64) {
	if g := m.readGlobal(opGlobal, at); g != nil {
		m.push(g, at)
	}
}

func (m *machine) readGlobal(op byte, at int64) *Global {
	module, long := m.in.line()
	name, long2 := m.in.line()
	if m.in.err != nil {
		return nil
	}
	if long || long2 {
		m.anomaly(at, "global with a long name", "%d bytes", m.in.offset()-at)
	}
	return m.global(op, module, name, at)
}

// global records a global.
func (m *machine) global(op byte, module, name string, at int64) *Global {
	m.take(globalCost + 2*(len(module)+len(name)))
	g := newGlobal(module, name, m.protocol, at)
	detail := ""
	if g.Written != "" {
		detail = "written as " + plain(g.Written)
	}
	m.record(KindGlobal, op, at, g.full, detail)
	if !sane(g.full) {
		m.anomaly(at, "odd global name", "%s", Text(g.full))
	}
	return g
}

// stackGlobal names a global by two strings that were computed before.
func (m *machine) stackGlobal(at int64) {
	if !m.has(2, at) {
		return
	}
	n := len(m.stack)
	module, name := m.stack[n-2], m.stack[n-1]
	a, ok := module.(Text)
	b, ok2 := name.(Text)
	if !ok || !ok2 {
		m.anomaly(at, "STACK_GLOBAL of what is no text", "module %s, name %s", module, name)
		a, b = Text(computed(module)), Text(computed(name))
	}
	if g := m.global(opStackGlobal, string(a), string(b), at); g != nil {
		m.replace(2, g)
	}
}

// computed stands for a name that only a call would tell.
func computed(v Value) string {
	switch v := v.(type) {
	case Text:
		return string(v)
	case Bytes:
		return string(v)
	}
	return "<" + Describe(v) + ">"
}

// callOp records a call and pushes its result.
func (m *machine) callOp(op byte, at int64) {
	o := &Object{Op: op, Offset: at}
	switch op {
	case Reduce, NewObj:
		if !m.has(2, at) {
			return
		}
		o.Args, o.Class = m.pop(at), m.pop(at)
	case NewObjEx:
		if !m.has(3, at) {
			return
		}
		o.Kwargs, o.Args, o.Class = m.pop(at), m.pop(at), m.pop(at)
	case Obj:
		items, ok := m.popMark(at)
		if !ok {
			return
		}
		if len(items) == 0 {
			m.in.fail(at, ErrMalformed, "a call of nothing")
			return
		}
		o.Class, o.Args = items[0], &Tuple{m.copied(items[1:])}
	case Inst:
		g := m.readGlobal(Inst, at)
		items, ok := m.popMark(at)
		if g == nil || !ok {
			return
		}
		o.Class, o.Args = g, &Tuple{m.copied(items)}
	}
	m.take(objectCost)
	m.call(o)
	m.push(o, at)
}

// call records what a call would run.
func (m *machine) call(o *Object) {
	if _, ok := o.Args.(*Tuple); !ok {
		m.anomaly(o.Offset, "arguments that are no tuple", "%s of %s", o.Class, o.Args)
	}
	name := CallName(o.Class)
	m.recordCall(KindCall, o.Op, o.Offset, name, o)
	// Module getattr and its kind return what a later call runs; calls that are
	// made of names only are told by the name that they lead to.
	if target := resolve(o, 0); target != "" && target != name {
		m.recordCall(KindGlobal, o.Op, o.Offset, target, o)
	}
	m.encoded(o)
}

// encoded looks for a pickle in the bytes that Python 3 writes into a pickle of
// protocol 2 as _codecs.encode(text, 'latin1').
func (m *machine) encoded(o *Object) {
	args, ok := o.Args.(*Tuple)
	if !ok || len(args.Items) == 0 || !IsGlobal(o.Class, "_codecs.encode") {
		return
	}
	text, ok := args.Items[0].(Text)
	if !ok {
		return
	}
	b := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xFF {
			return
		}
		b = append(b, byte(r))
	}
	if Likely(b) {
		m.nested(bytes.NewReader(b), o.Offset, 0, int64(len(b)))
	}
}

// build records that an object's state is set: its method __setstate__ is
// called, or its attributes are set.
func (m *machine) build(at int64) {
	if !m.has(2, at) {
		return
	}
	state := m.pop(at)
	m.take(slotCost)
	switch to := m.top(at).(type) {
	case *Object:
		c := to.more()
		if c.state == nil {
			m.take(6 * slotCost)
		}
		c.state = append(c.state, state)
		m.recordState(at, CallName(to.Class), state)
		m.foreign(to, state, at)
	default:
		m.recordState(at, Describe(to), state)
		m.anomaly(at, "BUILD of what is no new object", "%s", to)
	}
}

// foreign passes over bytes that are no pickle, where the caller says so.
func (m *machine) foreign(o *Object, state Value, at int64) {
	if m.shared.Foreign == nil || m.nesting > 0 || m.in.err != nil {
		return
	}
	next, err := m.shared.Foreign(o, state, m.in.offset())
	if err != nil || next < m.in.offset() {
		m.in.fail(at, ErrMalformed, "what follows %s: %v", Describe(o.Class), err)
		return
	}
	if next > m.in.offset() {
		m.frame = 0 // a frame ends before what is no pickle
	}
	m.in.skip(next - m.in.offset())
}

func (m *machine) extension(op byte, width int, at int64) {
	code := int64(m.in.uint(width))
	if width == 4 {
		code = int64(int32(code))
	}
	if m.in.err != nil {
		return
	}
	if code <= 0 {
		m.anomaly(at, "extension code that is not positive", "%d", code)
	}
	e := &Extension{code}
	m.take(slotCost)
	m.record(KindExtension, op, at, Describe(e), "")
	m.push(e, at)
}
