package catalogue

import (
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"testing"
)

// FuzzSignature holds that no signature makes a look-up fail, that the order of
// tensors does not matter, and that every candidate has a reason and a source.
func FuzzSignature(f *testing.F) {
	shapes := func(s Signature) []byte {
		var b []byte
		for _, shape := range s.Shapes {
			b = append(b, byte(len(shape)))
			for _, n := range shape {
				b = binary.LittleEndian.AppendUint32(b, uint32(n))
			}
		}
		return b
	}
	m := miniLM()
	f.Add(m.Role, m.Family, m.Architecture, "hidden_size=384;num_hidden_layers=6;num_attention_heads=12;intermediate_size=1536", shapes(m))
	f.Add("language-model", "llama", "LlamaForCausalLM", "vocab_size=64000;hidden_size=4096;n_layer=32", []byte{})
	f.Add("vae", "", "", "latent_channels=4;block_out_channels=[128, 256, 512, 512];x=NaN;dim=1e400", []byte{255, 1, 2, 3})
	f.Fuzz(func(t *testing.T, role, family, architecture, parameters string, shapes []byte) {
		s := Signature{Role: role, Family: family, Architecture: architecture, Hyperparameters: map[string]string{}}
		for p := range strings.SplitSeq(parameters, ";") {
			key, value, _ := strings.Cut(p, "=")
			s.Hyperparameters[key] = value
		}
		for len(shapes) > 0 {
			n := min(int(shapes[0]), (len(shapes)-1)/4)
			shape := make([]uint64, n)
			for i := range shape {
				shape[i] = uint64(binary.LittleEndian.Uint32(shapes[1+4*i:]))
			}
			s.Shapes = append(s.Shapes, shape)
			shapes = shapes[1+4*n:]
		}
		all := [][]Match{Encoders(s), Families(s), Checkpoints(s)}
		slices.Reverse(s.Shapes)
		for i, again := range [][]Match{Encoders(s), Families(s), Checkpoints(s)} {
			if !slices.Equal(ids(all[i]), ids(again)) {
				t.Errorf("%q, then %q", ids(all[i]), ids(again))
			}
			for _, m := range again {
				if m.ID == "" || m.Reason() == "" || len(m.Sources) == 0 {
					t.Errorf("%+v", m)
				}
			}
		}
	})
}

// FuzzLookups holds that what was found has the digest that was asked for.
func FuzzLookups(f *testing.F) {
	f.Add("1a153a22f4509e292a94e67d6f9b85e8deb25b4988682b7e174c65279d8788e3", []byte("x"), 151643, 151387, 26)
	f.Add(strings.Repeat("g", 64), []byte{}, -1, -1, -1)
	f.Add(qwen3().TokensDigest, []byte{}, 0, 1<<62, 1<<62)
	f.Fuzz(func(t *testing.T, digest string, data []byte, vocabulary, merges, added int) {
		for _, k := range FileBySHA256(digest) {
			if k.SHA256 != strings.ToLower(digest) || len(k.Sources) == 0 {
				t.Errorf("%q: %+v", digest, k)
			}
		}
		TensorBySHA256(sha256.Sum256(data))
		for _, k := range Tokenizer(Facts{Vocabulary: vocabulary, Merges: merges, AddedTokens: added, TokensDigest: digest, FirstMerges: []string{string(data)}}) {
			if k.Reference == "" || len(k.Sources) == 0 || k.Match != Exact && k.Match != Hint {
				t.Errorf("%+v", k)
			}
		}
		SupplierOf(digest)
	})
}
