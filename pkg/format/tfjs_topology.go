package format

// topology passes over the graph or the layers of a model, looking for layers
// that are code. It is [scanner.skip] that also knows the names of members.
func (x *tfjsReader) topology() {
	var open []byte // the closing brackets still to come
	for x.err == nil {
		switch b := x.peek(); b {
		case '{', '[':
			x.pos++
			if x.take(b + 2) { // in ASCII a bracket and its partner are two apart
				break
			}
			if len(open) == maxJSONDepth {
				x.fail(ErrLimit, "nested deeper than %d", maxJSONDepth)
				return
			}
			open = append(open, b+2)
			x.key(b + 2)
			continue
		case '"':
			x.topologyText()
		default:
			x.word()
		}
		for x.err == nil && len(open) > 0 && !x.take(',') {
			x.expect(open[len(open)-1])
			open = open[:len(open)-1]
		}
		if len(open) == 0 {
			return
		}
		x.key(open[len(open)-1])
	}
}

// key reads a member's name inside an object.
func (x *tfjsReader) key(closing byte) {
	x.class = false
	if closing == '}' {
		_, name := x.name(int(x.left()))
		x.class = string(name) == "class_name"
	}
}

// topologyText reads a text. A Lambda layer of Keras holds a Python function,
// compiled and in base64, which a loader of the original model runs.
func (x *tfjsReader) topologyText() {
	at := x.off()
	class := string(x.text(int(x.left()))) == "Lambda" && x.class
	switch n := len(x.h.Code); {
	case !class || x.err != nil:
	case n < MaxCode:
		x.h.Code = append(x.h.Code, Code{Kind: CodeScript, Offset: at, Name: "Lambda", Detail: "a layer that is a Python function"})
	case n == MaxCode:
		x.h.Code = append(x.h.Code, Code{Kind: CodeAnomaly, Offset: at, Name: "Lambda", Detail: "further layers of this class are left out"})
	}
}
