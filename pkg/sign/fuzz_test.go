package sign

import (
	"bytes"
	"crypto/elliptic"
	"strings"
	"testing"
)

// FuzzBundle reads signature files. Whatever still verifies with the key states
// what was signed, and a changed file never comes with a changed statement.
func FuzzBundle(f *testing.F) {
	k, pub := ecKey(f, elliptic.P256())
	bundle := signed(f, k)
	f.Add(bundle)
	a, err := NewAttestation("bom.json", []byte(cdx))
	if err != nil {
		f.Fatal(err)
	}
	envelope, err := a.Sign(k)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(envelope)
	f.Add([]byte(strings.Replace(string(bundle), `"publicKey"`, `"x509CertificateChain":{"certificates":[{"rawBytes":"AA=="}]},"other"`, 1)))
	states := map[string]bool{}
	for _, data := range [][]byte{bundle, envelope} {
		payload, err := verified(f, data, pub)
		if err != nil {
			f.Fatal(err)
		}
		states[string(payload)] = true
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := ReadSignature(bytes.NewReader(data))
		if (s == nil) == (err == nil) {
			t.Fatalf("%v and %v", s, err)
		}
		if err != nil {
			return
		}
		payload, err := s.Verify(pub)
		if (payload == nil) == (err == nil) || err == nil && !states[string(payload)] {
			t.Fatalf("%q and %v", payload, err)
		}
	})
}

// FuzzStatement reads signed statements, as a holder of a key may write them.
func FuzzStatement(f *testing.F) {
	sum := strings.Repeat("ab", 32)
	f.Add([]byte(omsStatement(`{"method":"files","hash_type":"sha256","allow_symlinks":false,"ignore_paths":[".git","a"]}`,
		writtenResource{"a/b", sum, "sha256"}, writtenResource{"a.txt", sum, "sha256"})))
	f.Add([]byte(omsStatement(`{"method":"shards","hash_type":"sha256","shard_size":4.0,"allow_symlinks":true}`,
		writtenResource{"config.json:0:2", sum, "sha256-sharded-4"}, writtenResource{"onnx.md:0:4", sum, "sha256"})))
	f.Add([]byte(`{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"x","digest":{"sha256":"` + sum + `"},"annotations":{"modelbom:subject":"model","modelbom:ignore-paths":["y"]}}],"predicateType":"https://cyclonedx.org/bom","predicate":` + cdx + `}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		m, err := ReadManifest(payload)
		if (m == nil) == (err == nil) {
			t.Fatalf("%v and %v", m, err)
		}
		if m != nil {
			seen := map[Resource]bool{}
			for _, r := range m.Resources {
				if !local(r.Path) || seen[r] {
					t.Fatalf("resource %+v", r)
				}
				seen[r] = true
			}
			if check, err := m.Check(t.Context(), memory(tiny()), Options{}); (check == nil) == (err == nil) {
				t.Fatalf("%v and %v", check, err)
			}
		}
		a, err := ReadAttestation(payload)
		if (a == nil) == (err == nil) {
			t.Fatalf("%v and %v", a, err)
		}
		if a != nil {
			a.CheckDocument([]byte(cdx))
			if check, err := a.CheckTree(t.Context(), memory(tiny()), nil, Options{}); (check == nil) == (err == nil) {
				t.Fatalf("%v and %v", check, err)
			}
		}
	})
}
