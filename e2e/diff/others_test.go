package diff

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/codec"
	"github.com/modelbom/modelbom/pkg/diff"
)

// What other tools write about the fixture vlm, cut down to the shapes that
// matter: the model below an application and ancestors in a pedigree, as cdxgen
// does; a folder as subject and the model under its base's name, as syft does.
const (
	likeCdxgen = `{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,
"metadata":{"tools":{"components":[{"type":"application","name":"cdxgen","version":"12.8.4"}]},
 "component":{"type":"application","name":"model","version":"latest","bom-ref":"pkg:generic/model@latest","purl":"pkg:generic/model@latest"}},
"components":[
 {"type":"machine-learning-model","bom-ref":"cdxgen:ai:model","group":"huggingface","name":"model","version":"","purl":"pkg:generic/huggingface/model","licenses":[{"license":{"id":"LICENSED"}}],
  "pedigree":{"ancestors":[{"type":"machine-learning-model","bom-ref":"pkg:huggingface/openai/whisper-small","group":"openai","name":"whisper-small","purl":"pkg:huggingface/openai/whisper-small"},
   {"type":"machine-learning-model","bom-ref":"a2","group":"Qwen","name":"Qwen2.5-0.5B-Instruct","purl":"pkg:huggingface/Qwen/Qwen2.5-0.5B-Instruct"},
   {"type":"machine-learning-model","bom-ref":"a3","group":"google","name":"siglip-so400m-patch14-384","purl":"pkg:huggingface/google/siglip-so400m-patch14-384"}]},
  "modelCard":{"modelParameters":{"task":"image-text-to-text"}}},
 {"type":"file","bom-ref":"urn:file:config.json","name":"config.json"},
 {"type":"data","bom-ref":"d1","group":"liuhaotian","name":"LLaVA-Instruct-150K","data":[{"type":"dataset","name":"liuhaotian/LLaVA-Instruct-150K"}]}],
"dependencies":[{"ref":"cdxgen:ai:model","dependsOn":["d1"]}]}`
	likeSyft = `{"bomFormat":"CycloneDX","specVersion":"1.6","version":1,
"metadata":{"tools":{"components":[{"type":"application","author":"anchore","name":"syft","version":"1.57.0"}]},
 "component":{"bom-ref":"af63bd4c8601b7f1","type":"file","name":"/models/vlm"}},
"components":[
 {"type":"machine-learning-model","bom-ref":"1f0e3dad99908345","name":"Qwen2.5-0.5B-Instruct","licenses":[{"license":{"id":"LICENSED"}}],
  "properties":[{"name":"syft:package:foundBy","value":"safetensors-cataloger"}]},
 {"type":"file","bom-ref":"2","name":"/model-00001-of-00002.safetensors","hashes":[{"alg":"SHA-1","content":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}]}]}`
)

func decodeText(t *testing.T, text string) *bom.Document {
	t.Helper()
	d, _, err := codec.Decode(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestOthers: documents of other tools are compared with ours and with each
// other. What both state is compared, and what one of them leaves out is no
// change.
func TestOthers(t *testing.T) {
	ours, _ := original(t, "vlm")
	docs := map[string]*bom.Document{"ours": ours}
	for name, text := range map[string]string{"cdxgen": likeCdxgen, "syft": likeSyft} {
		docs[name+" mit"] = decodeText(t, strings.ReplaceAll(text, "LICENSED", "MIT"))
		docs[name+" apache"] = decodeText(t, strings.ReplaceAll(text, "LICENSED", "Apache-2.0"))
	}
	only := func(c *diff.Changes, kind diff.Kind) bool { return len(c.Changes) == 1 && c.Changes[0].Kind == kind }
	for a, old := range docs {
		for b, new := range docs {
			c := diff.Documents(old, new, diff.Options{})
			switch {
			case a == b:
				if !c.Empty() {
					t.Errorf("%s against itself: %s", a, printed(c))
				}
			case strings.Fields(a)[0] == strings.Fields(b)[0]:
				if !only(c, diff.LicenceFoundChanged) {
					t.Errorf("%s against %s: %s", a, b, printed(c))
				}
			case strings.HasSuffix(a, "apache") != strings.HasSuffix(b, "apache"):
				if !strings.Contains(printed(c), "Apache-2.0") || len(c.Changes) > 3 {
					t.Errorf("%s against %s: %s", a, b, printed(c))
				}
			default:
				for _, x := range c.Changes {
					if x.Importance == diff.High && x.Kind != diff.LicenceDeclaredChanged {
						t.Errorf("%s against %s: %s", a, b, printed(c))
					}
				}
				if len(c.Changes) > 3 {
					t.Errorf("%s against %s: %s", a, b, printed(c))
				}
			}
		}
	}
}

// TestAnything compares whatever documents the readers are tested with, each
// with each: there is always a sound diff.
func TestAnything(t *testing.T) {
	docs := []*bom.Document{nil, {}}
	for _, pattern := range []string{"../../pkg/codec/testdata/*/*", "../testdata/golden/*/*.json", "../testdata/golden/*/*.spdx"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if d, _, err := codec.Decode(bytes.NewReader(data)); err == nil {
				docs = append(docs, d)
			}
		}
	}
	if len(docs) < 8 {
		t.Fatalf("%d documents", len(docs))
	}
	for i, old := range docs {
		for j, new := range docs {
			c := diff.Documents(old, new, diff.Options{})
			if i == j && !c.Empty() {
				t.Errorf("document %d differs from itself: %s", i, printed(c))
			}
			form, err := diff.JSON(c)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := diff.ReadJSON(form); err != nil {
				t.Error(err)
			}
		}
	}
}
