package fingerprint

import (
	"crypto/sha256"
	"encoding/binary"
)

// A sha256State is a SHA-256 in progress (FIPS 180-4) that can be advanced
// together with another one, see writePair. Only processors with canPair use
// it; elsewhere the standard library does.
type sha256State struct {
	state [8]uint32 // in the order of blocksPair
	tail  [sha256.BlockSize]byte
	n     int // bytes in tail
	size  uint64
}

func newSHA256() *sha256State {
	// The initial hash value of FIPS 180-4, section 5.3.3, as f e b a h g d c.
	return &sha256State{state: [8]uint32{0x9b05688c, 0x510e527f, 0xbb67ae85, 0x6a09e667, 0x5be0cd19, 0x1f83d9ab, 0xa54ff53a, 0x3c6ef372}}
}

// writePair writes p to a and q to b. Where both have whole blocks they go
// through the processor together; the rest goes beside blocks of no meaning.
func writePair(a *sha256State, p []byte, b *sha256State, q []byte) {
	a.size += uint64(len(p))
	b.size += uint64(len(q))
	p, q = a.fill(p), b.fill(q)
	if n := min(len(p), len(q)) / sha256.BlockSize; n > 0 {
		blocksPair(&a.state, &p[0], &b.state, &q[0], n)
		p, q = p[n*sha256.BlockSize:], q[n*sha256.BlockSize:]
	}
	a.rest(p)
	b.rest(q)
}

// fill completes a block that an earlier write began.
func (s *sha256State) fill(p []byte) []byte {
	if s.n == 0 {
		return p
	}
	n := copy(s.tail[s.n:], p)
	s.n += n
	if s.n == len(s.tail) {
		s.blocks(s.tail[:])
		s.n = 0
	}
	return p[n:]
}

// rest takes what is left: whole blocks, then the beginning of one. The tail is
// empty unless p is.
func (s *sha256State) rest(p []byte) {
	if n := len(p) / sha256.BlockSize * sha256.BlockSize; n > 0 {
		s.blocks(p[:n])
		p = p[n:]
	}
	s.n += copy(s.tail[s.n:], p)
}

// blocks advances one state alone.
func (s *sha256State) blocks(p []byte) {
	var idle [8]uint32
	blocksPair(&s.state, &p[0], &idle, &p[0], len(p)/sha256.BlockSize)
}

// sum is the digest of what was written. The state can be written to further.
func (s *sha256State) sum() [sha256.Size]byte {
	end := *s
	var pad [2 * sha256.BlockSize]byte
	pad[0] = 0x80
	n := sha256.BlockSize - (s.n+8)%sha256.BlockSize
	binary.BigEndian.PutUint64(pad[n:], s.size*8)
	end.rest(end.fill(pad[:n+8]))
	var out [sha256.Size]byte
	for i, at := range [8]int{3, 2, 7, 6, 1, 0, 5, 4} {
		binary.BigEndian.PutUint32(out[4*i:], end.state[at])
	}
	return out
}
