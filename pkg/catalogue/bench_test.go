package catalogue

import (
	"crypto/sha256"
	"testing"
)

// BenchmarkFiles is ten files of one run, of which one is known.
func BenchmarkFiles(b *testing.B) {
	digests := []string{"1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3"}
	for i := range 9 {
		digests = append(digests, "0123456789abcdef"[i:i+1]+digests[0][1:])
	}
	for b.Loop() {
		for _, d := range digests {
			FileBySHA256(d)
		}
	}
}

func BenchmarkTensor(b *testing.B) {
	s := sha256.Sum256([]byte("x"))
	for b.Loop() {
		TensorBySHA256(s)
	}
}

func BenchmarkTokenizer(b *testing.B) {
	facts := qwen3()
	for b.Loop() {
		Tokenizer(facts)
	}
}

func BenchmarkSignature(b *testing.B) {
	s := miniLM()
	for b.Loop() {
		Encoders(s)
		Families(s)
		Checkpoints(s)
	}
}

// BenchmarkFirstUse is what the first look-up of each kind parses.
func BenchmarkFirstUse(b *testing.B) {
	for b.Loop() {
		decode[encoder](encoderTable)
		decode[family](familyTable)
		for range rows(sourceTable, sourceColumns) {
		}
		for range rows(supplierTable, supplierColumns) {
		}
	}
}
