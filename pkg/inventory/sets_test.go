package inventory

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// describe writes a set on one line: its label, "*" when primary, its files,
// and after "-" what is missing.
func describe(s *WeightSet) string {
	var b strings.Builder
	b.WriteString(s.Label())
	if s.Primary {
		b.WriteString("*")
	}
	b.WriteString(":")
	for _, f := range s.Files {
		b.WriteString(" " + f.Path)
	}
	if len(s.Missing) > 0 {
		b.WriteString(" - " + strings.Join(s.Missing, " "))
	}
	return b.String()
}

func split(no, count, tensors int) []pair {
	return []pair{{"general.architecture", "llama"}, {"split.no", no}, {"split.count", count}, {"split.tensors.count", tensors}}
}

// torchZip is a file that can only be told to be PyTorch's.
func torchZip() []byte {
	return []byte("PK\x03\x04\x00\x00\x08\x08\x00\x00\x00\x00\x00\x00model/data.pkl")
}

func TestSets(t *testing.T) {
	a, b, c := "model.embed_tokens.weight", "model.layers.0.x", "lm_head.weight"
	index := func(shards map[string][]string) []byte { return indexFile("", nil, shards) }
	both := map[string][]string{"model-00001-of-00002.safetensors": {a}, "model-00002-of-00002.safetensors": {b}}
	for _, test := range []struct {
		name     string
		files    memory
		sets     []string
		problems []string
	}{
		{"shards of an index", memory{
			"model.safetensors.index.json": index(both), "model-00001-of-00002.safetensors": tensorFile(a), "model-00002-of-00002.safetensors": tensorFile(b),
		}, []string{"model*: model-00001-of-00002.safetensors model-00002-of-00002.safetensors"}, nil},
		{"a shard is missing", memory{
			"model.safetensors.index.json": index(both), "model-00001-of-00002.safetensors": tensorFile(a),
		}, []string{"model*: model-00001-of-00002.safetensors - model-00002-of-00002.safetensors"},
			[]string{`absent-weights model-00002-of-00002.safetensors: named by model.safetensors.index.json and not here`}},
		{"an extra shard", memory{
			"model.safetensors.index.json": index(both), "model-00001-of-00002.safetensors": tensorFile(a), "model-00002-of-00002.safetensors": tensorFile(b),
			"model-00003-of-00003.safetensors": tensorFile(c), "extra.safetensors": tensorFile(c),
		}, []string{"model*: model-00001-of-00002.safetensors model-00002-of-00002.safetensors", "extra: extra.safetensors", "model: model-00003-of-00003.safetensors - model-00001-of-00003.safetensors model-00002-of-00003.safetensors"},
			[]string{`absent-weights model-00001-of-00003.safetensors: a numbered sibling of "model-00003-of-00003.safetensors" and not here`,
				`absent-weights model-00002-of-00003.safetensors: a numbered sibling of "model-00003-of-00003.safetensors" and not here`}},
		{"a shard that the index forgot", memory{
			"model.safetensors.index.json":     index(map[string][]string{"model-00001-of-00002.safetensors": {a}}),
			"model-00001-of-00002.safetensors": tensorFile(a), "model-00002-of-00002.safetensors": tensorFile(b),
		}, []string{"model*: model-00001-of-00002.safetensors", "model-00002-of-00002: model-00002-of-00002.safetensors"},
			[]string{`inexact model-00002-of-00002.safetensors: numbered like the files of "model.safetensors.index.json" and not named by it`}},
		{"two indexes over one shard", memory{
			"a.safetensors.index.json": index(map[string][]string{"x.safetensors": {a}}), "b.safetensors.index.json": index(map[string][]string{"x.safetensors": {a}, "y.safetensors": {b}}),
			"x.safetensors": tensorFile(a), "y.safetensors": tensorFile(b),
		}, []string{"a*: x.safetensors", "b: y.safetensors"},
			[]string{`inexact b.safetensors.index.json: names "x.safetensors", which "a.safetensors.index.json" names too and is counted with`}},
		{"two indexes over the same shards", memory{
			"a.safetensors.index.json": index(both), "b.safetensors.index.json": index(both),
			"model-00001-of-00002.safetensors": tensorFile(a), "model-00002-of-00002.safetensors": tensorFile(b),
		}, []string{"a*: model-00001-of-00002.safetensors model-00002-of-00002.safetensors"},
			[]string{`inexact b.safetensors.index.json: names "model-00001-of-00002.safetensors", which "a.safetensors.index.json" names too and is counted with`,
				`inexact b.safetensors.index.json: names "model-00002-of-00002.safetensors", which "a.safetensors.index.json" names too and is counted with`}},
		{"an index without its shards", memory{
			"model.safetensors.index.json": index(both),
		}, []string{"model*: - model-00001-of-00002.safetensors model-00002-of-00002.safetensors"},
			[]string{`absent-weights model-00001-of-00002.safetensors: named by model.safetensors.index.json and not here`,
				`absent-weights model-00002-of-00002.safetensors: named by model.safetensors.index.json and not here`}},
		{"two indexes without shards", memory{
			"model.safetensors.index.json": index(both), "pytorch_model.bin.index.json": index(map[string][]string{"pytorch_model-00001-of-00001.bin": {a}}),
		}, []string{"model*: - model-00001-of-00002.safetensors model-00002-of-00002.safetensors", "pytorch_model: - pytorch_model-00001-of-00001.bin"},
			[]string{`absent-weights model-00001-of-00002.safetensors: named by model.safetensors.index.json and not here`,
				`absent-weights model-00002-of-00002.safetensors: named by model.safetensors.index.json and not here`,
				`absent-weights pytorch_model-00001-of-00001.bin: named by pytorch_model.bin.index.json and not here`}},
		{"an index that names a text", memory{
			"model.safetensors.index.json": index(map[string][]string{"config.json": {a}}), "config.json": []byte(llama),
		}, []string{"model*: - config.json"}, []string{`unread-weights config.json: named by "model.safetensors.index.json" and not recognised as weights`}},
		{"an index that is wrong", memory{
			"model.safetensors.index.json":     []byte(`{"metadata":{"total_size":99},"weight_map":{"` + a + `":"model-00001-of-00002.safetensors","` + c + `":"model-00002-of-00002.safetensors","` + b + `":"model-00001-of-00002.safetensors"}}`),
			"model-00001-of-00002.safetensors": tensorFile(a), "model-00002-of-00002.safetensors": tensorFile(b, "x"),
		}, []string{"model*: model-00001-of-00002.safetensors model-00002-of-00002.safetensors"},
			[]string{`absent-weights model.safetensors.index.json: tensor "lm_head.weight" is in the index and in none of its files`,
				`inexact model-00002-of-00002.safetensors: tensor "x" is not in the index "model.safetensors.index.json"`,
				`inexact model.safetensors.index.json: states a total of 99 bytes; the tensors have 3`,
				`inexact model.safetensors.index.json: tensor "model.layers.0.x" is said to be in "model-00001-of-00002.safetensors" and is in "model-00002-of-00002.safetensors"`}},
		{"numbers without index, with a gap", memory{
			"model-00001-of-00003.safetensors": tensorFile(a), "model-00003-of-00003.safetensors": tensorFile(b),
		}, []string{"model*: model-00001-of-00003.safetensors model-00003-of-00003.safetensors - model-00002-of-00003.safetensors"},
			[]string{`absent-weights model-00002-of-00003.safetensors: a numbered sibling of "model-00001-of-00003.safetensors" and not here`}},
		{"numbers of another width, with a variant behind", memory{
			"model_2-of-3.fp16.safetensors": tensorFile(a),
		}, []string{"model.fp16*: model_2-of-3.fp16.safetensors - model_1-of-3.fp16.safetensors model_3-of-3.fp16.safetensors"},
			[]string{`absent-weights model_1-of-3.fp16.safetensors: a numbered sibling of "model_2-of-3.fp16.safetensors" and not here`,
				`absent-weights model_3-of-3.fp16.safetensors: a numbered sibling of "model_2-of-3.fp16.safetensors" and not here`}},
		{"a number that claims very many", memory{
			"model-00001-of-99999.safetensors": tensorFile(a),
		}, []string{"model*: model-00001-of-99999.safetensors - model"},
			[]string{`absent-weights model-00001-of-99999.safetensors: says that it is one of 99999 files; 99998 are not here`}},
		{"one shard of one", memory{"model-00001-of-00001.safetensors": tensorFile(a, b)}, []string{"model*: model-00001-of-00001.safetensors"}, nil},
		{"one stem in two formats", memory{
			"model.safetensors": tensorFile(a, b), "model.gguf": ggufFile([]pair{{"general.architecture", "llama"}}, "token_embd.weight"), "pytorch_model.bin": torchZip(),
		}, []string{"model*: model.safetensors", "model: model.gguf", "pytorch_model: pytorch_model.bin"},
			nil},
		{"variants", memory{
			"model.fp16.safetensors": tensorFile(a), "model.safetensors": tensorFile(a), "model.bf16.safetensors": tensorFile(a),
		}, []string{"model*: model.safetensors", "model.bf16: model.bf16.safetensors", "model.fp16: model.fp16.safetensors"}, nil},
		{"index of a variant", memory{
			"model.safetensors.index.fp16.json": index(map[string][]string{"model.fp16-00001-of-00001.safetensors": {a}}), "model.fp16-00001-of-00001.safetensors": tensorFile(a),
		}, []string{"model.fp16*: model.fp16-00001-of-00001.safetensors"}, nil},
		{"the publisher's shards beside the hub's", memory{
			"model.safetensors.index.json": index(both), "model-00001-of-00002.safetensors": tensorFile(a), "model-00002-of-00002.safetensors": tensorFile(b),
			"consolidated.safetensors": tensorFile("tok_embeddings.weight"),
		}, []string{"model*: model-00001-of-00002.safetensors model-00002-of-00002.safetensors", "consolidated: consolidated.safetensors"}, nil},
		{"shards of tensor parallelism", memory{
			"original/consolidated.00.pth": torchZip(), "original/consolidated.02.pth": torchZip(),
		}, []string{"original/consolidated*: original/consolidated.00.pth original/consolidated.02.pth - original/consolidated.01.pth"},
			[]string{`absent-weights original/consolidated.01.pth: a numbered sibling of "consolidated.00.pth" and not here`}},
		{"ONNX with its data outside", memory{
			"onnx/model.onnx": onnx(), "onnx/model.onnx_data": bytes.Repeat([]byte{1, 2, 3, 0xfe}, 4096), "onnx/model_q4.onnx": onnx(),
		}, []string{"onnx/model*: onnx/model.onnx onnx/model.onnx_data", "onnx/model_q4: onnx/model_q4.onnx"},
			nil},
		{"split GGUF", memory{
			"m-00001-of-00002.gguf": ggufFile(split(0, 2, 2), "token_embd.weight"), "m-00002-of-00002.gguf": ggufFile(split(1, 2, 2), "output.weight"),
		}, []string{"m*: m-00001-of-00002.gguf m-00002-of-00002.gguf"}, nil},
		{"split GGUF that counts otherwise", memory{
			"m-00001-of-00002.gguf": ggufFile(split(0, 2, 9), "token_embd.weight"), "m-00002-of-00002.gguf": ggufFile(split(1, 2, 9), "output.weight"),
		}, []string{"m*: m-00001-of-00002.gguf m-00002-of-00002.gguf"}, []string{`inexact m-00001-of-00002.gguf: states 9 tensors over all pieces; they have 2`}},
		{"split GGUF of other numbers", memory{
			"m-00001-of-00002.gguf": ggufFile(split(1, 3, 2), "token_embd.weight"), "m-00002-of-00002.gguf": ggufFile(nil, "output.weight"),
		}, []string{"m*: m-00001-of-00002.gguf m-00002-of-00002.gguf"},
			[]string{`inexact m-00001-of-00002.gguf: is 1 of 2 by its name and 2 of 3 by its metadata`,
				`inexact m-00002-of-00002.gguf: is 2 of 2 by its name and states no split (split.no, split.count)`}},
		{"piece of a split GGUF under another name", memory{
			"m.gguf": ggufFile(split(0, 3, 9), "token_embd.weight"),
		}, []string{"m*: m.gguf - m"}, []string{`absent-weights m.gguf: is piece 1 of 3 by its metadata; the others cannot be found by its name`}},
		{"tensor in two shards", memory{
			"model-00001-of-00002.safetensors": tensorFile(a, b), "model-00002-of-00002.safetensors": tensorFile(b),
		}, []string{"model*: model-00001-of-00002.safetensors model-00002-of-00002.safetensors"},
			[]string{`inexact model-00002-of-00002.safetensors: tensor "model.layers.0.x" is in "model-00001-of-00002.safetensors" too; both are counted`}},
		{"pointers to shards", memory{
			"model.safetensors.index.json": index(both), "model-00001-of-00002.safetensors": []byte("ABSENT"), "model-00002-of-00002.safetensors": []byte("ABSENT"),
		}, []string{"model*: model-00001-of-00002.safetensors model-00002-of-00002.safetensors"},
			[]string{"absent-weights model-00001-of-00002.safetensors: only a pointer to the content is here", "absent-weights model-00002-of-00002.safetensors: only a pointer to the content is here"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			inv := build(t, test.files)
			var got []string
			for _, s := range inv.Sets {
				got = append(got, describe(s))
			}
			if diff := gocmp.Diff(test.sets, got); diff != "" {
				t.Errorf("sets differ (-want +got):\n%s", diff)
			}
			// Which formats cannot be read is not this test's business.
			problems := slices.DeleteFunc(reasons(inv), func(r string) bool {
				return strings.HasPrefix(r, "unread-weights ") && !strings.Contains(r, "named by")
			})
			if diff := gocmp.Diff(test.problems, problems, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("problems differ (-want +got):\n%s", diff)
			}
			checkInvariants(t, inv)
		})
	}
}

// TestUnreadShards checks that the parts in shards that are not there, or cannot
// be read, are known from the index.
func TestUnreadShards(t *testing.T) {
	m := memory{"config.json": []byte(`{"model_type":"llava","architectures":["LlavaForConditionalGeneration"]}`),
		"model-1-of-3.safetensors": tensorFile("language_model.model.layers.0.x"), "model-2-of-3.safetensors": []byte("ABSENT")}
	m["model.safetensors.index.json"] = indexFile("", nil, map[string][]string{"model-1-of-3.safetensors": {"language_model.model.layers.0.x"},
		"model-2-of-3.safetensors": {"language_model.lm_head.weight", "vision_tower.x", "vision_tower.y"}, "model-3-of-3.safetensors": {"multi_modal_projector.x"}})
	inv := build(t, m)
	checkInvariants(t, inv)
	var got []string
	for _, p := range inv.Parts {
		line := fmt.Sprint(ref(p), " ", len(p.Tensors))
		for _, f := range p.Files {
			line += " " + f.Path
		}
		got = append(got, line)
	}
	want := []string{"language-model 1 model-1-of-3.safetensors model-2-of-3.safetensors", "vision-encoder 0 model-2-of-3.safetensors", "projector 0"}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("parts differ (-want +got):\n%s", diff)
	}
}

// TestProblemsAreBounded checks that a hostile index cannot fill the memory with
// problems, and that what is left out is counted.
func TestProblemsAreBounded(t *testing.T) {
	var b strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&b, `,"t%d":"../../x%d"`, i, i)
	}
	m := memory{"model.safetensors.index.json": []byte(`{"weight_map":{` + b.String()[1:] + `}}`), "config.json": []byte(llama)}
	inv := build(t, m)
	last := inv.Problems[len(inv.Problems)-1]
	if len(inv.Problems) != maxProblems+2 || !strings.Contains(last.Reason, "950 more") { // one says that there are no weights
		t.Errorf("%d problems, the last %v", len(inv.Problems), last)
	}
	if binary.Size(m["model.safetensors.index.json"]) < 10_000 {
		t.Error("the index is smaller than meant")
	}
}
