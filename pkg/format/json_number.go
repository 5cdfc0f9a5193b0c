package format

// maxJSONLiteral bounds a number or word in bytes.
const maxJSONLiteral = 64

// uint reads a whole number without sign, fraction and exponent.
func (s *scanner) uint() uint64 {
	s.peek()
	at := s.off()
	lit := s.literal()
	var n uint64
	for _, b := range lit {
		d := uint64(b - '0')
		if b < '0' || b > '9' || len(lit) > 1 && lit[0] == '0' {
			s.failAt(at, ErrMalformed, "%s is not a whole number", quote(lit))
			return 0
		}
		if n > (1<<64-1-d)/10 {
			s.failAt(at, ErrMalformed, "%s does not fit into 64 bits", quote(lit))
			return 0
		}
		n = 10*n + d
	}
	return n
}

// literal reads a number or a word such as null, valid until the next text.
func (s *scanner) literal() []byte {
	s.peek()
	s.scratch = s.scratch[:0]
	for s.left() > 0 && s.need(1) {
		b := s.buf[s.pos]
		if !(b == '-' || b == '+' || b == '.' || '0' <= b && b <= '9' || 'A' <= b && b <= 'Z' || 'a' <= b && b <= 'z') {
			break
		}
		if len(s.scratch) == maxJSONLiteral {
			s.fail(ErrLimit, "a number of more than %d digits", maxJSONLiteral)
			return nil
		}
		s.scratch = append(s.scratch, b)
		s.pos++
	}
	if s.err == nil && len(s.scratch) == 0 {
		s.fail(ErrMalformed, "%q where a value must stand", s.buf[s.pos])
	}
	return s.scratch
}

// word reads a literal that must be a number or one of JSON's three words.
func (s *scanner) word() {
	at := s.off()
	lit := s.literal()
	switch string(lit) {
	case "null", "true", "false":
		return
	}
	if s.err == nil && !number(lit) {
		s.failAt(at, ErrMalformed, "%s is no JSON value", quote(lit))
	}
}

// number reports whether b is a number in JSON's grammar.
func number(b []byte) bool {
	if len(b) > 0 && b[0] == '-' {
		b = b[1:]
	}
	whole := digits(b)
	if whole == 0 || whole > 1 && b[0] == '0' {
		return false
	}
	b = b[whole:]
	if len(b) > 0 && b[0] == '.' {
		n := digits(b[1:])
		if n == 0 {
			return false
		}
		b = b[1+n:]
	}
	if len(b) > 0 && (b[0] == 'e' || b[0] == 'E') {
		b = b[1:]
		if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
			b = b[1:]
		}
		n := digits(b)
		return n > 0 && n == len(b)
	}
	return len(b) == 0
}

// digits returns the number of decimal digits that b begins with.
func digits(b []byte) int {
	for i, c := range b {
		if c < '0' || c > '9' {
			return i
		}
	}
	return len(b)
}
