package sign

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// memory is a tree of files in memory.
func memory(files map[string]string) *Tree {
	t := &Tree{Name: "tiny"}
	for name, content := range files {
		t.Files = append(t.Files, File{Path: name, Size: int64(len(content))})
	}
	t.Open = func(_ context.Context, p string) (Blob, error) {
		content, ok := files[p]
		if !ok {
			return nil, fmt.Errorf("no file %q", p)
		}
		return blob{bytes.NewReader([]byte(content))}, nil
	}
	return t
}

type blob struct{ *bytes.Reader }

func (blob) Close() error { return nil }

func tiny() map[string]string {
	return map[string]string{"config.json": "{}", "model.safetensors": "weights", "onnx/model.onnx": "graph", "onnx.md": "text", "empty": ""}
}

func newTestKey(t testing.TB, key any) (*PrivateKey, *PublicKey) {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	k, err := ReadPrivateKey(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	if err != nil {
		t.Fatal(err)
	}
	pub, err := ReadPublicKey(k.Public().PEM())
	if err != nil {
		t.Fatal(err)
	}
	return k, pub
}

func ecKey(t testing.TB, c elliptic.Curve) (*PrivateKey, *PublicKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return newTestKey(t, key)
}

func manifestOf(t testing.TB, tree *Tree, o Options) *Manifest {
	t.Helper()
	m, err := NewManifest(t.Context(), tree, o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// signed is a bundle over tiny, and what it takes to read it.
func signed(t testing.TB, k *PrivateKey) []byte {
	t.Helper()
	data, err := manifestOf(t, memory(tiny()), Options{}).Bundle(k, nil)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func verified(t testing.TB, data []byte, pub *PublicKey) ([]byte, error) {
	t.Helper()
	s, err := ReadSignature(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return s.Verify(pub)
}

func TestBundle(t *testing.T) {
	for _, c := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		k, pub := ecKey(t, c)
		data := signed(t, k)
		if again := signed(t, k); !bytes.Equal(data, again) {
			t.Errorf("%s: two signatures of the same bytes differ", pub.Name())
		}
		payload, err := verified(t, data, pub)
		if err != nil {
			t.Fatalf("%s: %v", pub.Name(), err)
		}
		m, err := ReadManifest(payload)
		if err != nil {
			t.Fatal(err)
		}
		check, err := m.Check(t.Context(), memory(tiny()), Options{})
		if err != nil || len(check.Differences) > 0 || check.Files != 5 || check.Bytes != 18 {
			t.Errorf("%s: %+v, %v", pub.Name(), check, err)
		}
		_, other := ecKey(t, c)
		var mismatch *MismatchError
		if _, err := verified(t, data, other); !errors.As(err, &mismatch) || !strings.Contains(err.Error(), "another key") {
			t.Errorf("%s: another key gives %v", pub.Name(), err)
		}
	}
}

// TestRoot computes the root digest by hand: SHA-256 over the raw digests in the
// byte order of the names (OMS v1.0, 6.5.1).
func TestRoot(t *testing.T) {
	h := sha256.New()
	var names []string
	for _, name := range []string{"config.json", "empty", "model.safetensors", "onnx.md", "onnx/model.onnx"} {
		sum := sha256.Sum256([]byte(tiny()[name]))
		h.Write(sum[:])
		names = append(names, name)
	}
	m := manifestOf(t, memory(tiny()), Options{})
	if want := fmt.Sprintf("%x", h.Sum(nil)); m.Root != want {
		t.Errorf("root %s, want %s", m.Root, want)
	}
	for i, r := range m.Resources {
		if r.Path != names[i] {
			t.Errorf("resource %d is %q, want %q", i, r.Path, names[i])
		}
	}
	// model-signing puts the folder first.
	if both := roots(m.Resources); both[0] != m.Root || both[1] == m.Root {
		t.Errorf("roots %v of %s", both, m.Root)
	}
}

// TestFlips flips every bit of a signature file: whatever still verifies states
// exactly what was signed.
func TestFlips(t *testing.T) {
	k, pub := ecKey(t, elliptic.P256())
	data := signed(t, k)
	want, err := verified(t, data, pub)
	if err != nil {
		t.Fatal(err)
	}
	passed := 0
	for i := range data {
		for bit := range 8 {
			bad := bytes.Clone(data)
			bad[i] ^= 1 << bit
			s, err := ReadSignature(bytes.NewReader(bad))
			if err != nil {
				continue
			}
			payload, err := s.Verify(pub)
			if err != nil {
				if payload != nil {
					t.Fatalf("byte %d bit %d: a payload and an error", i, bit)
				}
				continue
			}
			if passed++; !bytes.Equal(payload, want) {
				t.Fatalf("byte %d bit %d: another payload verifies", i, bit)
			}
		}
	}
	// White space, the case of member names, names of members that nobody reads.
	if passed > len(data) {
		t.Errorf("%d of %d flips verify", passed, 8*len(data))
	}
}

func TestCheck(t *testing.T) {
	m := manifestOf(t, memory(tiny()), Options{Ignored: []string{"cache/"}})
	for _, c := range []struct {
		name   string
		change func(files map[string]string, tree func(func(*File)))
		o      Options
		want   []Difference
	}{
		{name: "nothing"},
		{name: "bit", change: func(f map[string]string, _ func(func(*File))) { f["model.safetensors"] = "weightr" },
			want: []Difference{{Kind: Differs, Path: "model.safetensors", Detail: "sha256"}}},
		{name: "longer", change: func(f map[string]string, _ func(func(*File))) { f["empty"] = "x" },
			want: []Difference{{Kind: Differs, Path: "empty", Detail: "sha256"}}},
		{name: "added", change: func(f map[string]string, _ func(func(*File))) { f["a/evil.py"], f["z"] = "", "" },
			want: []Difference{{Kind: Added, Path: "a/evil.py"}, {Kind: Added, Path: "z"}}},
		{name: "added and not minded", change: func(f map[string]string, _ func(func(*File))) { f["evil.py"] = ""; delete(f, "onnx.md") },
			o: Options{Unsigned: true}, want: []Difference{{Kind: Missing, Path: "onnx.md"}}},
		{name: "added where signatures do not look", change: func(f map[string]string, _ func(func(*File))) {
			f[".git/config"], f["cache/x"], f["extra/y"], f[".cache/huggingface/a"] = "", "", "", ""
		}, o: Options{Ignored: []string{"extra"}}},
		{name: "ignored names elsewhere", change: func(f map[string]string, _ func(func(*File))) { f["sub/.git/config"], f["caches"] = "", "" },
			want: []Difference{{Kind: Added, Path: "caches"}, {Kind: Added, Path: "sub/.git/config"}}},
		{name: "renamed", change: func(f map[string]string, _ func(func(*File))) {
			f["new.md"] = f["onnx.md"]
			delete(f, "onnx.md")
		}, want: []Difference{{Kind: Renamed, Path: "new.md", From: "onnx.md"}}},
		{name: "swapped", change: func(f map[string]string, _ func(func(*File))) {
			f["onnx.md"], f["config.json"] = f["config.json"], f["onnx.md"]
		}, want: []Difference{{Kind: Differs, Path: "config.json", Detail: "sha256"}, {Kind: Differs, Path: "onnx.md", Detail: "sha256"}}},
		{name: "unreadable", change: func(_ map[string]string, each func(func(*File))) {
			each(func(f *File) {
				if f.Path == "config.json" {
					f.Problem = "link leads out of the repository"
				}
			})
		}, want: []Difference{{Kind: Unreadable, Path: "config.json", Detail: "link leads out"}}},
		{name: "link", change: func(_ map[string]string, each func(func(*File))) {
			each(func(f *File) { f.Link = f.Path == "config.json" })
		}, want: []Difference{{Kind: Differs, Path: "config.json", Detail: "symbolic link"}}},
		{name: "allowed link", o: Options{Links: true}, change: func(_ map[string]string, each func(func(*File))) {
			each(func(f *File) { f.Link = true })
		}},
	} {
		files := tiny()
		var edits []func(*File)
		if c.change != nil {
			c.change(files, func(edit func(*File)) { edits = append(edits, edit) })
		}
		tree := memory(files)
		for i := range tree.Files {
			for _, edit := range edits {
				edit(&tree.Files[i])
			}
		}
		check, err := m.Check(t.Context(), tree, c.o)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		same := func(a, b Difference) bool {
			return a.Kind == b.Kind && a.Path == b.Path && a.From == b.From && strings.Contains(a.Detail, b.Detail)
		}
		if !slices.EqualFunc(check.Differences, c.want, same) {
			t.Errorf("%s: %+v, want %+v", c.name, check.Differences, c.want)
		}
	}
}

func TestUnsigned(t *testing.T) {
	link := memory(tiny())
	link.Files[0].Link = true
	gone := memory(tiny())
	gone.Files[0].Problem = "permission denied"
	for _, c := range []struct {
		tree *Tree
		o    Options
		want string
	}{
		{link, Options{}, "symbolic link"},
		{gone, Options{}, "permission denied"},
		{memory(nil), Options{}, "no file to sign"},
		{memory(map[string]string{".gitignore": "", ".git/x": ""}), Options{}, "no file to sign"},
		{memory(map[string]string{"a\xff": ""}), Options{}, "UTF-8"},
		{memory(map[string]string{`a\b`: ""}), Options{}, "backslash"},
		{memory(tiny()), Options{Ignored: []string{"../x"}}, "leads out"},
		{memory(tiny()), Options{Ignored: []string{"./"}}, "leaves nothing"},
	} {
		if m, err := NewManifest(t.Context(), c.tree, c.o); err == nil || !strings.Contains(err.Error(), c.want) || m != nil {
			t.Errorf("%v, %v; want %q", m, err, c.want)
		}
	}
}

// omsStatement is a statement over resources, in the order given.
func omsStatement(serialization string, resources ...writtenResource) string {
	var list []Resource
	for _, r := range resources {
		list = append(list, Resource{Digest: r.Digest})
	}
	data, _ := json.Marshal(resources)
	return fmt.Sprintf(`{"_type":%q,"subject":[{"name":"x","digest":{"sha256":%q}}],"predicateType":%q,"predicate":{"serialization":%s,"resources":%s}}`,
		statementType, root(list), omsPredicate, serialization, data)
}

func TestReadManifest(t *testing.T) {
	const files = `{"method":"files","hash_type":"sha256","allow_symlinks":false}`
	sum := strings.Repeat("ab", 32)
	a, b := writtenResource{"a", sum, "sha256"}, writtenResource{"b", sum, "sha256"}
	for _, c := range []struct{ payload, want string }{
		{omsStatement(files, a, b), ""},
		{omsStatement(files, b, a), ""}, // unsorted, as model-signing may be
		{omsStatement(files, a, a), `"a" is listed twice`},
		{omsStatement(files), "lists no file"},
		{omsStatement(files, writtenResource{"../a", sum, "sha256"}), "no path in a repository"},
		{omsStatement(files, writtenResource{"/a", sum, "sha256"}), "no path in a repository"},
		{omsStatement(files, writtenResource{"a//b", sum, "sha256"}), "no path in a repository"},
		{omsStatement(files, writtenResource{"", sum, "sha256"}), "no path in a repository"},
		{omsStatement(files, writtenResource{"a", sum[2:], "sha256"}), "digest of \"a\" is none"},
		{omsStatement(files, writtenResource{"a", strings.ToUpper(sum), "sha256"}), "digest of \"a\" is none"},
		{omsStatement(files, writtenResource{"a", sum, "md5"}), `is "md5"`},
		{omsStatement(`{"method":"files","hash_type":"md5"}`, a), `unknown digest "md5"`},
		{omsStatement(`{"method":"tensors","hash_type":"sha256"}`, a), `unknown way to read files "tensors"`},
		{omsStatement(`{"method":"files","hash_type":"sha256","shard_size":3}`, a), "shard size"},
		{omsStatement(`{"method":"shards","hash_type":"sha256"}`, a), "without a shard size"},
		{omsStatement(`{"method":"shards","hash_type":"sha256","shard_size":-1}`, a), "without a shard size"},
		{omsStatement(`{"method":"shards","hash_type":"sha256","shard_size":2.0}`, a), "no shard of a file"},
		{omsStatement(`{"method":"shards","hash_type":"sha256","shard_size":2.0}`, writtenResource{"a:b:0:2", sum, "sha256-sharded-2"}), ""},
		{omsStatement(`{"method":"shards","hash_type":"sha256","shard_size":2}`, writtenResource{"a:0:3", sum, "sha256"}), "no shard of a file"},
		{omsStatement(`{"method":"files","hash_type":"sha256","ignore_paths":["."]}`, a), "leaves nothing"},
		{omsStatement(`{"method":"files","hash_type":"sha256","ignore_paths":["../.."]}`, a), "leads out"},
		{omsStatement("null", a), "does not say how files were read"},
		{strings.Replace(omsStatement(files, a), `"sha256":"`, `"sha256":"0`, 1), "add up to"},
		{strings.Replace(omsStatement(files, a), "Statement/v1", "Statement/v9", 1), "unknown type"},
		{strings.Replace(omsStatement(files, a), omsPredicate, "https://example.org/other", 1), "states something else"},
		{strings.Replace(omsStatement(files, a), omsPredicate, "https://model_signing/Digests/v0.1", 1), "states something else"},
		{"[]", "JSON array"},
		{"{", "not JSON"},
	} {
		m, err := ReadManifest([]byte(c.payload))
		if (err == nil) != (m != nil) {
			t.Fatalf("%v and %v", m, err)
		}
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%.200s: %v, want %q", c.payload, err, c.want)
		}
	}
}

func TestShards(t *testing.T) {
	sum := func(s string) string { return hexSHA256([]byte(s)) }
	const how = `{"method":"shards","hash_type":"sha256","shard_size":4.0,"allow_symlinks":false}`
	m, err := ReadManifest([]byte(omsStatement(how, writtenResource{"m:x:4:7", sum("hts"), "sha256"}, writtenResource{"m:x:0:4", sum("weig"), "sha256"})))
	if err != nil {
		t.Fatal(err)
	}
	for content, want := range map[string]string{"weights": "", "weighty": "bytes 4 to 7", "weightsx": "8 bytes", "weight": "6 bytes", "": "0 bytes"} {
		check, err := m.Check(t.Context(), memory(map[string]string{"m:x": content, "nothing": ""}), Options{})
		if err != nil {
			t.Fatal(err)
		}
		if want == "" && len(check.Differences) > 0 || want != "" && (len(check.Differences) != 1 || !strings.Contains(check.Differences[0].Detail, want)) {
			t.Errorf("%q: %+v, want %q", content, check.Differences, want)
		}
	}
}

func TestOtherHashes(t *testing.T) {
	// BLAKE3 of nothing, from the test vectors of its authors.
	const blake3 = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
	m, err := ReadManifest([]byte(omsStatement(`{"method":"files","hash_type":"blake3"}`, writtenResource{"a", blake3, "blake3"})))
	if err != nil {
		t.Fatal(err)
	}
	if check, err := m.Check(t.Context(), memory(map[string]string{"a": ""}), Options{}); err != nil || len(check.Differences) > 0 {
		t.Errorf("%+v, %v", check, err)
	}
	m, err = ReadManifest([]byte(omsStatement(`{"method":"files","hash_type":"blake2b"}`, writtenResource{"a", blake3 + blake3, "blake2b"})))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Check(t.Context(), memory(nil), Options{}); err == nil || !strings.Contains(err.Error(), "blake2b") {
		t.Errorf("blake2b: %v", err)
	}
}

func TestReadSignature(t *testing.T) {
	k, _ := ecKey(t, elliptic.P256())
	good := string(signed(t, k))
	edit := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("%q is not in the bundle", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	sig := good[strings.Index(good, `"signatures": [`):]
	sig = sig[:strings.Index(sig, "]")]
	one := strings.TrimPrefix(sig, `"signatures": [`)
	for _, c := range []struct{ data, want string }{
		{"", "not JSON"}, {"{}", "neither a Sigstore bundle"}, {"[1]", "JSON array"},
		{good[:len(good)/2], "not JSON"},
		{edit(mediaType, "application/json"), "unknown media type"},
		{edit(`"dsseEnvelope"`, `"other"`), "no dsseEnvelope"},
		{edit(`"verificationMaterial"`, `"other"`), "no verificationMaterial"},
		{edit(`"publicKey"`, `"other"`), "names 0 keys"},
		{edit(payloadType, "text/plain"), `of the type "text/plain"`},
		{edit(`"payload": "`, `"payload": "?`), "payload is not base64"},
		{edit(`"sig": "`, `"sig": "?`), "signature is not base64"},
		{edit(sig, `"signatures": [`), "no signature"},
		{edit(one, one+","+one), "has 2 signatures"},
		{edit(one, strings.Repeat(one+",", 100)+one), "too large"},
		{edit(`"publicKey": {`, `"x509CertificateChain": {"certificates": [{"rawBytes": "AA=="}]}, "publicKey": {`), "names 2 keys"},
		{edit(`"publicKey": {`, `"x509CertificateChain": {"certificates": []}, "other": {`), "chain is empty"},
	} {
		if s, err := ReadSignature(strings.NewReader(c.data)); err == nil || s != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.80q: %v, want %q", c.data, err, c.want)
		}
	}
	if _, err := ReadSignature(endless{}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("an endless signature: %v", err)
	}
	keyless := edit(`"publicKey": {`, `"certificate": {"rawBytes": "AA=="}, "other": {`)
	s, err := ReadSignature(strings.NewReader(keyless))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Verify(k.Public()); !errors.Is(err, ErrKeyless) {
		t.Errorf("keyless: %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// TestHints: a bundle says which key it is by in several ways.
func TestHints(t *testing.T) {
	k, pub := ecKey(t, elliptic.P384())
	data := string(signed(t, k))
	der := sha256.Sum256(pub.der)
	field := `"hint": "` + pub.Fingerprint() + `"`
	for hint, want := range map[string]bool{
		field:                            true,
		fmt.Sprintf(`"hint": "%x"`, der): true,
		fmt.Sprintf(`"hint": %q`, base64.StdEncoding.EncodeToString(der[:])): true,
		`"hint": ""`:   true,
		`"hint": null`: true,
		fmt.Sprintf(`"keyDetails": "PKIX_ECDSA_P384_SHA_256", "rawBytes": %q`, base64.StdEncoding.EncodeToString(pub.PEM())): true,
		fmt.Sprintf(`"rawBytes": %q`, base64.StdEncoding.EncodeToString(pub.der)):                                            true,
		`"rawBytes": "AAAA"`: false,
		fmt.Sprintf(`"hint": %q`, strings.Repeat("0", 64)): false,
	} {
		_, err := verified(t, []byte(strings.Replace(data, field, hint, 1)), pub)
		var mismatch *MismatchError
		if (err == nil) != want || err != nil && !errors.As(err, &mismatch) {
			t.Errorf("%s: %v", hint, err)
		}
	}
}

func TestKeys(t *testing.T) {
	private, public, err := NewKey()
	if err != nil {
		t.Fatal(err)
	}
	k, err := ReadPrivateKey(private)
	if err != nil || !bytes.Equal(k.Public().PEM(), public) || k.Public().Name() != "ECDSA P-256" {
		t.Fatalf("%v", err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sec1, err := x509.MarshalECPrivateKey(ec)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, data []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data})
	}
	// openssl ecparam -genkey writes the curve in front.
	if _, err := ReadPrivateKey(append(block("EC PARAMETERS", []byte{6, 0}), block("EC PRIVATE KEY", sec1)...)); err != nil {
		t.Errorf("SEC 1: %v", err)
	}
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaDER, _ := x509.MarshalPKCS8PrivateKey(r)
	small, err := ecdsa.GenerateKey(elliptic.P224(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	smallDER, _ := x509.MarshalPKCS8PrivateKey(small)
	for _, c := range []struct {
		file []byte
		want error
	}{
		{nil, nil}, {[]byte("hello"), nil}, {append(private, private...), nil},
		{public, ErrPublicKey}, {block("CERTIFICATE", []byte{1}), ErrCertificate},
		{block("ENCRYPTED PRIVATE KEY", []byte{1}), ErrEncryptedKey},
		{pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED"}, Bytes: sec1}), ErrEncryptedKey},
		{block("PRIVATE KEY", rsaDER), ErrKeyType}, {block("PRIVATE KEY", smallDER), ErrKeyType},
		{block("PRIVATE KEY", []byte("secret")), ErrKeyType}, {block("OPENSSH PRIVATE KEY", nil), ErrKeyType},
		{bytes.Repeat([]byte("x"), MaxKeyFile+1), ErrTooLarge},
	} {
		k, err := ReadPrivateKey(c.file)
		if err == nil || k != nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%.40q: %v, want %v", c.file, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("an error holds the key: %v", err)
		}
	}
	if _, err := ReadPublicKey(private); !errors.Is(err, ErrPrivateKey) {
		t.Errorf("a private key for verifying: %v", err)
	}
}

const cdx = "{\n \"bomFormat\": \"CycloneDX\", \"specVersion\": \"1.6\", \"x\": \"<&\u2028>\", \"n\": 1.50\n}\n"

func TestAttestation(t *testing.T) {
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ed, edPub := newTestKey(t, edKey)
	p256, pub := ecKey(t, elliptic.P256())
	files := map[string]string{}
	for name, content := range tiny() {
		files[name] = hexSHA256([]byte(content))
	}
	for _, c := range []struct {
		k   *PrivateKey
		pub *PublicKey
	}{{ed, edPub}, {p256, pub}} {
		a, err := NewAttestation("bom.json", []byte(cdx))
		if err != nil {
			t.Fatal(err)
		}
		a.Weights["model.safetensors"] = files["model.safetensors"]
		if d, err := a.Describe(manifestOf(t, memory(tiny()), Options{}), files); err != nil || len(d) > 0 {
			t.Fatal(d, err)
		}
		data, err := a.Sign(c.k)
		if err != nil {
			t.Fatal(err)
		}
		payload, err := verified(t, data, c.pub)
		if err != nil {
			t.Fatal(err)
		}
		b, err := ReadAttestation(payload)
		if err != nil {
			t.Fatal(err)
		}
		if b.Root != a.Root || b.Name != "bom.json" || b.Model != "tiny" || b.PredicateType != "https://cyclonedx.org/bom" || len(b.Weights) != 1 {
			t.Errorf("%+v", b)
		}
		checkAttestation(t, b, files)
		if _, err := ReadManifest(payload); !errors.Is(err, ErrPredicate) {
			t.Errorf("a document as a manifest: %v", err)
		}
	}
}

func checkAttestation(t *testing.T, a *Attestation, files map[string]string) {
	t.Helper()
	if same, detail := a.CheckDocument([]byte(cdx)); !same {
		t.Errorf("the document differs: %s", detail)
	}
	if same, detail := a.CheckDocument([]byte(strings.ReplaceAll(cdx, " ", "  "))); same || !strings.Contains(detail, "only its layout") {
		t.Errorf("another layout: %v %q", same, detail)
	}
	if same, detail := a.CheckDocument([]byte(strings.Replace(cdx, "1.6", "1.7", 1))); same || strings.Contains(detail, "only its layout") {
		t.Errorf("another content: %v %q", same, detail)
	}
	tree := tiny()
	if check, err := a.CheckTree(t.Context(), memory(tree), files, Options{}); err != nil || len(check.Differences) > 0 {
		t.Errorf("%+v, %v", check, err)
	}
	// A document that lists no files: the root digest tells.
	if check, err := a.CheckTree(t.Context(), memory(tree), nil, Options{}); err != nil || len(check.Differences) > 0 {
		t.Errorf("%+v, %v", check, err)
	}
	tree["evil.py"] = "x"
	check, err := a.CheckTree(t.Context(), memory(tree), files, Options{})
	if err != nil || len(check.Differences) != 1 || check.Differences[0].Kind != Added {
		t.Errorf("%+v, %v", check, err)
	}
	if check, err = a.CheckTree(t.Context(), memory(tree), nil, Options{}); err != nil || len(check.Differences) != 1 || !strings.Contains(check.Differences[0].Detail, "root digest") {
		t.Errorf("%+v, %v", check, err)
	}
	tree = tiny()
	tree["model.safetensors"] = "weightr"
	if check, err = a.CheckTree(t.Context(), memory(tree), nil, Options{}); err != nil || len(check.Differences) != 1 || check.Differences[0].Path != "model.safetensors" {
		t.Errorf("%+v, %v", check, err)
	}
}

// TestDescribe: a document that is not of the model is not signed.
func TestDescribe(t *testing.T) {
	m := manifestOf(t, memory(tiny()), Options{})
	files := map[string]string{".gitattributes": hexSHA256(nil)} // left out of the manifest, so no difference
	for name, content := range tiny() {
		files[name] = hexSHA256([]byte(content))
	}
	delete(files, "config.json")
	files["onnx.md"] = hexSHA256([]byte("other"))
	files["gone"] = hexSHA256(nil)
	a, err := NewAttestation("bom.json", []byte(cdx))
	if err != nil {
		t.Fatal(err)
	}
	d, err := a.Describe(m, files)
	if err != nil || a.Root != "" {
		t.Fatal(err, a.Root)
	}
	var got []string
	for _, x := range d {
		got = append(got, string(x.Kind)+" "+x.Path)
	}
	if diff := cmp.Diff([]string{"added config.json", "missing gone", "differs onnx.md"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestPredicates(t *testing.T) {
	for doc, want := range map[string]string{
		cdx:                          "https://cyclonedx.org/bom",
		`{"spdxVersion":"SPDX-2.3"}`: "https://spdx.dev/Document/v2.3",
		`{"spdxVersion":"SPDX-2.2"}`: "https://spdx.dev/Document",
		`{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld"}`: "https://spdx.dev/Document/v3",
		`{}`: "", `<bom/>`: "", `SPDXVersion: SPDX-2.3`: "",
	} {
		a, err := NewAttestation("x", []byte(doc))
		if (err == nil) != (want != "") || err == nil && a.PredicateType != want {
			t.Errorf("%s: %v, %v", doc, a, err)
		}
	}
}

// TestForeignAttestation: the statement of another tool has no document among
// its subjects, sorts the document's members, and may use other digests.
func TestForeignAttestation(t *testing.T) {
	sum := hexSHA256([]byte("weights"))
	payload := `{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"model.safetensors","digest":{"sha256":"` + sum + `"}},{"name":"x","digest":{"sha512":"00"}}],
		"predicateType":"https://cyclonedx.org/bom/v1.4","predicate":{"n":1.50,"x":"<&\u2028>","specVersion":"1.6","bomFormat":"CycloneDX"}}`
	a, err := ReadAttestation([]byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	if same, detail := a.CheckDocument([]byte(cdx)); !same {
		t.Error(detail)
	}
	if same, _ := a.CheckDocument([]byte(strings.Replace(cdx, "1.50", "1.5", 1))); same {
		t.Error("another number is the same")
	}
	check, err := a.CheckTree(t.Context(), memory(tiny()), nil, Options{})
	if err != nil || check.Files != 1 || len(check.Differences) > 0 {
		t.Errorf("%+v, %v", check, err)
	}
	for _, c := range [][2]string{
		{strings.Replace(payload, "cyclonedx.org/bom", "example.org/bom", 1), "neither CycloneDX nor SPDX"},
		{strings.Replace(payload, "https://cyclonedx.org/bom/v1.4", omsPredicate, 1), "the files of a repository"},
		{strings.Replace(payload, "model.safetensors", "../model", 1), "no path in a repository"},
		{strings.Replace(payload, `"name":"x","digest":{"sha512":"00"}`, `"name":"model.safetensors","digest":{"sha256":"`+sum+`"}`, 1), "listed twice"},
		{strings.Replace(payload, sum, "00", 1), "is none"},
		{strings.Replace(payload, `"predicate":{`, `"other":{`, 1), "holds no document"},
	} {
		if a, err := ReadAttestation([]byte(c[0])); err == nil || a != nil || !strings.Contains(err.Error(), c[1]) {
			t.Errorf("%v, want %q", err, c[1])
		}
	}
}

// TestTwoSignatures: DSSE envelopes may have several; one by the key is enough,
// and a key identifier decides nothing.
func TestTwoSignatures(t *testing.T) {
	k1, pub1 := ecKey(t, elliptic.P256())
	k2, pub2 := ecKey(t, elliptic.P384())
	_, pub3 := ecKey(t, elliptic.P256())
	e1, err := newEnvelope([]byte("{}"), k1, "anything")
	if err != nil {
		t.Fatal(err)
	}
	e2, err := newEnvelope([]byte("{}"), k2, "")
	if err != nil {
		t.Fatal(err)
	}
	e1.Signatures = append(e1.Signatures, e2.Signatures...)
	data, err := written(e1)
	if err != nil {
		t.Fatal(err)
	}
	for pub, want := range map[*PublicKey]bool{pub1: true, pub2: true, pub3: false} {
		if _, err := verified(t, data, pub); (err == nil) != want {
			t.Errorf("%s: %v", pub.Name(), err)
		}
	}
}
