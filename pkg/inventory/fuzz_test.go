package inventory

import (
	"context"
	"errors"
	"strings"
	"testing"
)

// FuzzCut builds repositories of arbitrary tensor names, configurations and file
// names, and checks what must hold of every inventory.
func FuzzCut(f *testing.F) {
	for _, a := range architectures() {
		_, names := a.want()
		f.Add(strings.Join(names, "\n"), []byte(a.config), a.file, "")
	}
	f.Add("a\nb", []byte(stableDiffusion), "unet/x.safetensors", "unet/x.fp16.safetensors")
	f.Add("a\nb", []byte(sentence), "model-00001-of-00002.safetensors", "2_Dense/model-00002-of-00002.safetensors")
	f.Add("x.lora_A.s.weight\nlora_A\nlora_A.", []byte(`{}`), "..safetensors", "...safetensors")
	f.Add("a", []byte(llama), "a\x01.safetensors", `a\x01.safetensors`)
	f.Add("v.blk.0\nmm.0", []byte(llama), "x.gguf", "consolidated.00.safetensors")
	f.Fuzz(func(t *testing.T, list string, config []byte, first, second string) {
		names := unique(strings.Split(list, "\n"))
		m := memory{"config.json": config, "model_index.json": config, "modules.json": config, "a/model_index.json": config, "a/config.json": config}
		for _, p := range []string{first, second, "model.safetensors", "a/b.safetensors"} {
			if !cleanPath(p) {
				continue
			}
			if strings.HasSuffix(p, ".gguf") {
				m[p] = ggufFile([]pair{{"general.architecture", second}}, names...)
			} else {
				m[p] = tensorFile(names...)
			}
		}
		m["model.safetensors.index.json"] = indexFile("", nil, map[string][]string{"b.safetensors": names, "a/b.safetensors": {"z"}})
		inv, err := Build(context.Background(), m)
		if err != nil {
			if !errors.Is(err, ErrNoModel) {
				t.Fatal(err)
			}
			return
		}
		checkInvariants(t, inv)
	})
}

// unique drops repeated and empty names.
func unique(names []string) []string {
	seen := map[string]bool{"": true}
	var out []string
	for _, n := range names {
		if !seen[n] {
			seen[n] = true
			out = append(out, n)
		}
	}
	return out
}

// cleanPath reports paths that a source can list.
func cleanPath(p string) bool {
	for e := range strings.SplitSeq(p, "/") {
		if e == "" || e == "." || e == ".." || strings.ContainsRune(e, 0) {
			return false
		}
	}
	return true
}
