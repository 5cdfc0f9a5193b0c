//go:build !amd64

package fingerprint

func canPair() bool { return false }

func blocksPair(a *[8]uint32, pa *byte, b *[8]uint32, pb *byte, n int) {
	panic("blocksPair without canPair")
}
