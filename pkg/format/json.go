package format

// maxJSONDepth bounds the nesting of a JSON value that is passed over.
const maxJSONDepth = 64

// A scanner reads JSON (RFC 8259) from a cursor, piece by piece. encoding/json
// is not used because it accepts duplicate names, matches names in any case and
// replaces invalid UTF-8, each of which lets two readers see two files in one.
// The caller drives the scanner by the shape that it expects, so that no tree is
// built and nothing recurses.
type scanner struct {
	*cursor
	// scratch holds the last text or literal, until the next one.
	scratch []byte
}

// space passes over white space and reports whether anything follows.
func (s *scanner) space() bool {
	for s.left() > 0 && s.need(1) {
		switch s.buf[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return true
		}
	}
	return false
}

// peek returns the next byte that is no white space. The end is a failure.
func (s *scanner) peek() byte {
	if !s.space() {
		s.need(1)
		return 0
	}
	return s.buf[s.pos]
}

// take consumes b if it comes next.
func (s *scanner) take(b byte) bool {
	if s.peek() != b || s.err != nil {
		return false
	}
	s.pos++
	return true
}

func (s *scanner) expect(b byte) {
	if !s.take(b) && s.err == nil {
		s.fail(ErrMalformed, "%q instead of %q", s.buf[s.pos], b)
	}
}

// object reads an object and calls member after each name, with the name and
// its place. The name is valid until the next text is read. Names longer than
// maxName bytes are over the limit.
func (s *scanner) object(maxName int, member func(at int64, name []byte)) {
	s.expect('{')
	if s.take('}') {
		return
	}
	for s.err == nil {
		at, name := s.name(maxName)
		if s.err != nil {
			return
		}
		member(at, name)
		if !s.take(',') {
			s.expect('}')
			return
		}
	}
}

// name reads a member's name and the colon behind it.
func (s *scanner) name(maxName int) (at int64, name []byte) {
	s.peek()
	at = s.off()
	name = s.text(maxName)
	s.expect(':')
	return at, name
}

// array reads an array and calls item before each item.
func (s *scanner) array(item func()) {
	s.expect('[')
	if s.take(']') {
		return
	}
	for s.err == nil {
		item()
		if !s.take(',') {
			s.expect(']')
			return
		}
	}
}

// skip passes over one value of any kind.
func (s *scanner) skip() {
	var open []byte // the closing brackets still to come
	for s.err == nil {
		switch b := s.peek(); b {
		case '{', '[':
			s.pos++
			if s.take(b + 2) { // in ASCII a bracket and its partner are two apart
				break
			}
			if len(open) == maxJSONDepth {
				s.fail(ErrLimit, "nested deeper than %d", maxJSONDepth)
				return
			}
			open = append(open, b+2)
			s.next(b + 2)
			continue
		case '"':
			s.text(int(s.left()))
		default:
			s.word()
		}
		for s.err == nil && len(open) > 0 && !s.take(',') {
			s.expect(open[len(open)-1])
			open = open[:len(open)-1]
		}
		if len(open) == 0 {
			return
		}
		s.next(open[len(open)-1])
	}
}

// next reads up to the next value inside a container with the given closing
// bracket: in an object that is a name.
func (s *scanner) next(closing byte) {
	if closing == '}' {
		s.name(int(s.left()))
	}
}
