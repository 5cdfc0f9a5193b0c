package index

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/fingerprint"
)

// tiny is the smallest whole model, for fuzzing.
func tiny(name string, seed uint64) *fingerprint.Model {
	r := random(seed)
	return model(name, &fingerprint.Part{Ref: "part:vision-encoder", Role: "vision-encoder",
		Tensors: []fingerprint.TensorPrint{matrix(r, "a.weight", "mlp.up", 0, 64, 64)}})
}

func exported(t testing.TB, x *Index, ids ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := x.Export(context.Background(), &b, ids...); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestExport(t *testing.T) {
	onBoth(t, func(t *testing.T, location string) {
		ctx := t.Context()
		x := openNew(t, filepath.Join(t.TempDir(), "from.db"))
		mustAdd(t, x, entry("b", "llama", "2024-01-01"), model("b", small.part(random(1))))
		mustAdd(t, x, entry("a", "bert", ""), model("a", small.part(random(2)), small.part(random(3))))
		strange := entry("ü \"<&> c", "", "")
		mustAdd(t, x, strange, tiny("c\xff", 4))
		stream := exported(t, x)
		if !bytes.HasPrefix(stream, []byte(`{"format":"modelbom-index-export","version":1,"sketch":"modelbom-sketch/1","models":3}`+"\n")) {
			t.Errorf("it begins with %.100q", stream)
		}
		y := openNew(t, location)
		if n, err := y.Import(ctx, bytes.NewReader(stream)); err != nil || n != 3 {
			t.Fatalf("%d models, %v", n, err)
		}
		if mustDigest(t, x) != mustDigest(t, y) {
			t.Error("another digest after export and import")
		}
		rows(t, y)
		if again := exported(t, y); !bytes.Equal(again, stream) {
			t.Error("another stream after export and import")
		}
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		w.Write(stream)
		w.Close()
		if n, err := y.Import(ctx, bytes.NewReader(z.Bytes())); err != nil || n != 0 {
			t.Errorf("compressed, the same again: %d models, %v", n, err)
		}
		mustAdd(t, y, entry("b", "other", ""), model("b", small.part(random(9))))
		if n, err := y.Import(ctx, bytes.NewReader(exported(t, x, "group/b", "group/a", "group/b"))); err != nil || n != 1 {
			t.Errorf("two of three: %d models changed, %v, want 1", n, err)
		}
		if mustDigest(t, x) != mustDigest(t, y) {
			t.Error("another digest after importing over a changed model")
		}
		if err := x.Export(ctx, io.Discard, "group/none"); err == nil {
			t.Error("a model that is not there was exported")
		}
		if err := x.Export(ctx, failing{}); err == nil || !strings.Contains(err.Error(), "disk is full") {
			t.Errorf("a writer that fails: %v", err)
		}
	})
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, fmt.Errorf("disk is full") }

// TestAltered: nothing changes when anything in a stream does.
func TestAltered(t *testing.T) {
	ctx := t.Context()
	x := openNew(t, filepath.Join(t.TempDir(), "from.db"))
	mustAdd(t, x, entry("a", "llama", ""), tiny("a", 1))
	mustAdd(t, x, entry("b", "llama", ""), tiny("b", 2))
	stream := exported(t, x)
	y := openNew(t, filepath.Join(t.TempDir(), "to.db"))
	mustAdd(t, y, entry("there", "", ""), tiny("there", 3))
	digest := mustDigest(t, y)
	refuse := func(what string, stream []byte) {
		t.Helper()
		n, err := y.Import(ctx, bytes.NewReader(stream))
		if err == nil || n != 0 {
			t.Errorf("%s: %d models, error %v", what, n, err)
		}
		if mustDigest(t, y) != digest {
			t.Fatalf("%s: the index changed", what)
		}
	}
	for i := range 300 {
		at := len(stream) * i / 300
		refuse(fmt.Sprintf("cut at %d", at), stream[:at])
		altered := bytes.Clone(stream)
		altered[at] ^= 1
		refuse(fmt.Sprintf("byte %d altered", at), altered)
	}
	refuse("cut by one byte", stream[:len(stream)-1])
	refuse("more behind it", append(bytes.Clone(stream), '\n'))
	refuse("twice", append(bytes.Clone(stream), stream...))
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write(stream)
	w.Close()
	refuse("gzip cut", z.Bytes()[:z.Len()-4])
	z.Bytes()[z.Len()-6] ^= 1
	refuse("gzip checksum", z.Bytes())

	// Streams whose digests are right.
	lines := func(edit func(string) string) []byte { return seal(edit(string(stream))) }
	models := regexp.MustCompile(`(?s)(\{"entry".*?\n)(\{"format":"modelbom-fingerprint".*?\]\}\n\n)`).FindAllString(string(stream), -1)
	if len(models) != 2 {
		t.Fatalf("%d models in the stream", len(models))
	}
	if n, err := openNew(t, filepath.Join(t.TempDir(), "ok.db")).Import(ctx, bytes.NewReader(lines(func(s string) string { return s }))); err != nil || n != 2 {
		t.Fatalf("sealed anew: %d, %v", n, err)
	}
	refuse("the same model twice", lines(func(s string) string { return strings.Replace(s, models[1], models[0], 1) }))
	refuse("other order", lines(func(s string) string { return strings.Replace(s, models[0]+models[1], models[1]+models[0], 1) }))
	refuse("two of three", lines(func(s string) string { return strings.Replace(s, `"models":2}`, `"models":3}`, 1) }))
	refuse("two of one", lines(func(s string) string { return strings.Replace(s, `"models":2}`, `"models":1}`, 1) }))
	refuse("a negative number", lines(func(s string) string { return strings.Replace(s, `"models":2}`, `"models":-1}`, 1) }))
	refuse("too many", lines(func(s string) string { return strings.Replace(s, `"models":2}`, `"models":2000000000}`, 1) }))
	refuse("another version", lines(func(s string) string { return strings.Replace(s, `"version":1`, `"version":2`, 1) }))
	refuse("other sketches", lines(func(s string) string { return strings.Replace(s, `"modelbom-sketch/1"`, `"modelbom-sketch/0"`, 1) }))
	refuse("another format", lines(func(s string) string { return strings.Replace(s, `"modelbom-index-export"`, `"x"`, 1) }))
	refuse("an unknown field", lines(func(s string) string { return strings.Replace(s, `{"entry":{`, `{"entry":{"x":1,`, 1) }))
	refuse("a control character", lines(func(s string) string { return strings.Replace(s, `"name":"a"`, `"name":"\u0000"`, 1) }))
	refuse("no ID", lines(func(s string) string { return strings.Replace(s, `"id":"group/a"`, `"id":""`, 1) }))
	refuse("huge", lines(func(s string) string {
		return regexp.MustCompile(`"bytes":\d+`).ReplaceAllString(s, `"bytes":9223372036854775807`)
	}))
	refuse("more than there is", lines(func(s string) string {
		return regexp.MustCompile(`"bytes":\d+`).ReplaceAllString(s, `"bytes":1000000000`)
	}))
	refuse("a long line", bytes.Repeat([]byte("x"), 1<<20))
	refuse("nothing", nil)
	refuse("JSON", []byte("{}\n"))
	if n, err := y.Import(ctx, bytes.NewReader(stream)); err != nil || n != 2 {
		t.Errorf("unaltered: %d, %v", n, err)
	}
}

// seal writes the last line of a stream anew.
func seal(stream string) []byte {
	body := stream[:strings.LastIndex(strings.TrimSuffix(stream, "\n"), "\n")+1]
	_, models, _ := strings.Cut(body[:strings.Index(body, "\n")], `"models":`)
	return fmt.Appendf([]byte(body), `{"models":%s,"sha256":"%x"}`+"\n", strings.TrimSuffix(models, "}"), sha256.Sum256([]byte(body)))
}

// FuzzImport: a stream is taken whole or not at all, and what was taken comes out
// again.
func FuzzImport(f *testing.F) {
	x := openNew(f, filepath.Join(f.TempDir(), "seeds.db"))
	f.Add(exported(f, x))
	mustAdd(f, x, entry("a", "llama", "2024-01-01"), tiny("a", 1))
	f.Add(exported(f, x))
	mustAdd(f, x, entry("b", "llama", ""), tiny("b", 2))
	stream := exported(f, x)
	f.Add(stream)
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write(stream)
	w.Close()
	f.Add(z.Bytes())
	// One index for all: making one takes longer than a stream.
	y := openNew(f, filepath.Join(f.TempDir(), "index.db"))
	empty := mustDigest(f, y)
	f.Fuzz(func(t *testing.T, data []byte) {
		// The digests at the end are made right where they can be, so that more
		// than the digest is tried.
		for _, stream := range [][]byte{data, sealed(data)} {
			n, err := y.Import(context.Background(), bytes.NewReader(stream))
			if err != nil && n != 0 {
				t.Fatalf("%d models and the error %v", n, err)
			}
			if (n == 0) != (mustDigest(t, y) == empty) {
				t.Fatalf("%d models changed, and the digest says otherwise", n)
			}
			if n == 0 {
				continue
			}
			again := openNew(t, filepath.Join(t.TempDir(), "again.db"))
			if m, err := again.Import(context.Background(), bytes.NewReader(exported(t, y))); err != nil || m != n {
				t.Fatalf("%d models of %d came out again: %v", m, n, err)
			}
			entries, err := y.List(context.Background())
			if err != nil || len(entries) != n {
				t.Fatal(len(entries), n, err)
			}
			for _, e := range entries {
				if err := y.Remove(context.Background(), e.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func sealed(data []byte) []byte {
	if bytes.Count(data, []byte("\n")) < 2 {
		return data
	}
	return seal(string(data))
}
