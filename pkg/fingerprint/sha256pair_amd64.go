package fingerprint

import "github.com/klauspost/cpuid/v2"

// blocksPair puts n blocks of 64 bytes at pa through the compression function
// of SHA-256 with state a, and n blocks at pb with state b, both at once. A
// state holds its words in the order f, e, b, a, h, g, d, c that the SHA
// extensions work in. The two states must not be the same.
//
//go:noescape
func blocksPair(a *[8]uint32, pa *byte, b *[8]uint32, pb *byte, n int)

// canPair reports whether the processor has what blocksPair needs.
func canPair() bool { return cpuid.CPU.Supports(cpuid.SHA, cpuid.SSE4, cpuid.SSSE3) }
