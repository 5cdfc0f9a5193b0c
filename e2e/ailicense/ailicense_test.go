// Package ailicense tests package license on real texts of licences of AI models
// and of data, on all other texts of the same licence database, and on prose.
//
// The texts are fetched by package testset and are not part of the repository.
package ailicense

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/modelbom/modelbom/e2e/testset"
	"github.com/modelbom/modelbom/pkg/license"
)

// models are the texts of the database that are licences of models, and of data
// that the built-in patterns lack, by their names there.
var models = map[string]string{
	"bigcode-open-rail-m-v1":        "LicenseRef-bigcode-openrail-m",
	"bigscience-open-rail-m":        "LicenseRef-bigscience-openrail-m",
	"bigscience-open-rail-m2":       "LicenseRef-openrail-plus-plus",
	"bigscience-rail-1.0":           "LicenseRef-bigscience-bloom-rail-1.0",
	"bilibili-model-ula-2025-09-09": "LicenseRef-bilibili-model-use",
	"bsl-1.1":                       "BUSL-1.1",
	"c-uda-1.0":                     "C-UDA-1.0",
	"cdla-permissive-2.0":           "CDLA-Permissive-2.0",
	"chameleon-research-2024":       "LicenseRef-chameleon-research",
	"deepseek-la-1.0":               "LicenseRef-deepseek",
	"exaone-ai-model-1.1-nc":        "LicenseRef-exaone-1.1-nc",
	"fair-ai-public-1.0":            "LicenseRef-fair-ai-public-1.0",
	"fair-ai-public-1.0-sd":         "LicenseRef-fair-ai-public-1.0-sd",
	"falcon-2-11b-1.0":              "LicenseRef-falcon-2-11b",
	"flux-1-nc":                     "LicenseRef-flux-1-dev-non-commercial",
	"gemma-tou-2024-04-01":          "LicenseRef-gemma",
	"gemma-tou-2025-03-24":          "LicenseRef-gemma",
	"hfoil-1.0":                     "LicenseRef-hfoil-1.0",
	"hyperclova-x-seed-2025":        "LicenseRef-hyperclovax-seed",
	"llama-2-license-2023":          "LicenseRef-llama2",
	"llama-3.1-license-2024":        "LicenseRef-llama3.1",
	"llama-3.2-license-2024":        "LicenseRef-llama3.2",
	"llama-3.3-license-2024":        "LicenseRef-llama3.3",
	"llama-4-cla-2025":              "LicenseRef-llama4",
	"llama-license-2023":            "LicenseRef-llama1",
	"ltxv-owl-2025-04-17":           "LicenseRef-ltxv-open-weights",
	"ltxv-owl-2025-05-05":           "LicenseRef-ltxv-open-weights",
	"moonshot-ai-modified-mit-2025": "LicenseRef-modified-mit-kimi",
	"nvidia-model-training-2025":    "LicenseRef-nvidia-data-model-training",
	"nvidia-open-model-2025-04-28":  "LicenseRef-nvidia-open-model",
	"open-aleph-1.0":                "LicenseRef-open-aleph-1.0",
	"open-weights-permissive-1.0.0": "LicenseRef-open-weights-permissive-1.0.0",
	"openatom-model-1.0":            "LicenseRef-openatom-model-1.0",
	"openmdw-1.0":                   "OpenMDW-1.0",
	"playground-v2-community":       "LicenseRef-playground-v2-community",
	"qwen-2024":                     "LicenseRef-qwen",
	"responsible-ai-source-1.0":     "LicenseRef-responsible-ai-source-1.0",
	"responsible-ai-source-1.1":     "LicenseRef-responsible-ai-source-1.1",
	"soml-1.0":                      "LicenseRef-software-for-open-models-1.0",
	"stability-ai-community-2024":   "LicenseRef-stabilityai-community",
	"stability-ai-nc-2023-12-06":    "LicenseRef-stabilityai-nc-research",
	"stable-diffusion-2022-08-22":   "LicenseRef-creativeml-openrail-m",
	"tencent-hunyuan-3d-2.0-cla":    "LicenseRef-tencent-hunyuan-3d-community",
	"tongyi-qianwen-2023":           "LicenseRef-tongyi-qianwen",
}

// policies are the texts that are use policies and no licences.
var policies = map[string]string{
	"gemma-pup-2024-02-21":   "LicenseRef-gemma",
	"llama-4-license-2025":   "LicenseRef-llama4",
	"salesforce-ai-aup-2025": "LicenseRef-salesforce-ai-use-policy",
}

// ours are the identifiers that only rules of ours can find.
var ours = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for _, o := range license.OwnLicenses() {
		out[o.Ref] = true
	}
	for _, id := range models {
		out[id] = true
	}
	return out
})

// texts returns the texts of the database by name, without the notes that stand
// before each of them between lines of hyphens.
func texts(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	for _, name := range files(t, "scancode-licences", "licences", "*.LICENSE") {
		data := read(t, name)
		if parts := bytes.SplitN(data, []byte("---\n"), 3); len(parts) == 3 {
			out[strings.TrimSuffix(filepath.Base(name), ".LICENSE")] = parts[2]
		}
	}
	if len(out) < 2500 {
		t.Fatalf("%d texts", len(out))
	}
	return out
}

func files(t *testing.T, set string, pattern ...string) []string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: real licence texts are left out")
	}
	dir, err := testset.Dir()
	if err != nil {
		t.Fatal(err)
	}
	progress := func(what string) { fmt.Fprintln(os.Stderr, "fetching", what) }
	if err := testset.Fetch(context.Background(), dir, progress, set); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(slices.Concat([]string{dir, set}, pattern)...))
	if err != nil || len(names) == 0 {
		t.Fatalf("no texts in set %s: %v", set, err)
	}
	return names
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestModelLicences names every one of the licences right, and no half of one.
func TestModelLicences(t *testing.T) {
	all := texts(t)
	for name, want := range models {
		text, ok := all[name]
		if !ok {
			t.Errorf("the database has no %s", name)
			continue
		}
		id := license.Identify(text)
		if id.Expression != want {
			t.Errorf("%s is %q, want %q: %s, %v", name, id.Expression, want, id.Reason, id.Matches)
		}
		for _, half := range [][]byte{text[:len(text)/2], text[len(text)/2:]} {
			if id := license.Identify(half); id.Expression != "" || asserts(id) != "" {
				t.Errorf("half of %s is %q, %v", name, id.Expression, id.Matches)
			}
		}
	}
	t.Logf("%d licences", len(models))
}

// asserts returns a text or a policy of ours that was found.
func asserts(id license.Identification) string {
	for _, m := range id.Matches {
		if (m.Kind == license.MatchText || m.Kind == license.MatchPolicy) && ours()[m.Expression] {
			return m.Expression
		}
	}
	return ""
}

func TestPolicies(t *testing.T) {
	all := texts(t)
	for name, want := range policies {
		id := license.Identify(all[name])
		found := slices.ContainsFunc(id.Matches, func(m license.Match) bool { return m.Kind == license.MatchPolicy && m.Expression == want })
		if id.Expression != "" || !found {
			t.Errorf("%s is %q: %s, %v", name, id.Expression, id.Reason, id.Matches)
		}
	}
}

// TestTwoLicences reads one licence after another: both are there, in their
// places, and the whole is neither.
func TestTwoLicences(t *testing.T) {
	all := texts(t)
	for _, pair := range [][2]string{
		{"llama-3.1-license-2024", "llama-3.2-license-2024"}, {"gemma-tou-2024-04-01", "bigcode-open-rail-m-v1"},
		{"stable-diffusion-2022-08-22", "bigscience-open-rail-m2"}, {"openmdw-1.0", "openmdw-1.0"},
	} {
		first := all[pair[0]]
		id := license.Identify(slices.Concat(first, []byte("\n\n"), all[pair[1]]))
		var got []license.Match
		for _, m := range id.Matches {
			if m.Kind == license.MatchText {
				got = append(got, m)
			}
		}
		if len(got) != 2 || got[0].Expression != models[pair[0]] || got[1].Expression != models[pair[1]] ||
			got[0].End > len(first) || got[1].Start < len(first) || pair[0] != pair[1] && id.Expression != "" {
			t.Errorf("%v: %q, %v", pair, id.Expression, id.Matches)
		}
	}
}

// TestOtherLicences finds none of ours in the thousands of other texts, among
// them terms of use of services that sell models.
func TestOtherLicences(t *testing.T) {
	n, all := 0, texts(t)
	for i, name := range slices.Sorted(maps.Keys(all)) {
		if models[name] != "" || policies[name] != "" || i%stride != 0 {
			continue
		}
		n++
		id := license.Identify(all[name])
		if found := asserts(id); found != "" || ours()[id.Expression] {
			t.Errorf("%s is %q, %v", name, id.Expression, id.Matches)
		}
	}
	t.Logf("%d other texts", n)
}

// TestNoLicences finds no licence in texts that are none: descriptions of
// packages, model cards, lists of changes, and notices that name model licences.
func TestNoLicences(t *testing.T) {
	names := slices.Concat(
		files(t, "prose", "*"),
		files(t, "scancode-licences", "other", "*"),
		files(t, "all-minilm-l6-v2", "README.md"),
		files(t, "internal-embedding", "README.md"),
	)
	for _, name := range names {
		id := license.Identify(read(t, name))
		if found := asserts(id); found != "" || id.Expression != "" && !strings.HasSuffix(name, ".rule") {
			t.Errorf("%s is %q: %v", filepath.Base(name), id.Expression, id.Matches)
		}
	}
	if len(names) < 50 {
		t.Errorf("only %d texts", len(names))
	}
	t.Logf("%d texts that are no licences", len(names))
}
