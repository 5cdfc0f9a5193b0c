package inventory

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/source"
)

// checkInvariants checks what must hold of every inventory.
func checkInvariants(t testing.TB, inv *Inventory) {
	t.Helper()
	if !slices.IsSortedFunc(inv.Files, func(a, b *File) int { return compare(a.Path, b.Path) }) {
		t.Error("files are not sorted")
	}
	listed := map[*File]bool{}
	for _, f := range inv.Files {
		listed[f] = true
	}
	checkTensors(t, inv, listed)
	checkSets(t, inv, listed)
	checkRefs(t, inv)
	checkSeen(t, inv)
}

// checkTensors: every tensor of every readable weight file is in one part.
func checkTensors(t testing.TB, inv *Inventory, listed map[*File]bool) {
	t.Helper()
	count := map[TensorRef]int{}
	for _, p := range inv.Parts {
		for _, r := range p.Tensors {
			count[r]++
			if !slices.Contains(p.Files, r.File) {
				t.Errorf("part %s has a tensor of %q and not the file", ref(p), r.File.Path)
			}
			if p.Set == nil || !slices.Contains(p.Set.Files, r.File) {
				t.Errorf("part %s has a tensor of %q, which is not in its set", ref(p), r.File.Path)
			}
		}
		for i, f := range p.Files {
			if !listed[f] || slices.Contains(p.Files[:i], f) {
				t.Errorf("part %s has the file %q twice, or one that is not listed", ref(p), f.Path)
			}
		}
	}
	for _, f := range inv.Files {
		if f.Header == nil {
			continue
		}
		for i := range f.Header.Tensors {
			if n := count[TensorRef{f, i}]; n != 1 {
				t.Errorf("tensor %q of %q is in %d parts", f.Header.Tensors[i].Name, f.Path, n)
			}
		}
	}
}

// checkSets: every weight file is in one set, every set has parts, and every
// folder with sets has one primary.
func checkSets(t testing.TB, inv *Inventory, listed map[*File]bool) {
	t.Helper()
	in, primary, parts := map[*File]int{}, map[string]int{}, map[*WeightSet]int{}
	for _, p := range inv.Parts {
		if p.Set != nil {
			parts[p.Set]++
		}
	}
	for _, s := range inv.Sets {
		for _, f := range s.Files {
			in[f]++
			if !listed[f] || f.Role != RoleWeights {
				t.Errorf("set %q has %q, which is no listed weight file", s.Label(), f.Path)
			}
		}
		primary[s.Dir] += map[bool]int{true: 1}[s.Primary]
		if parts[s] == 0 && !vocabularyOnly(s) {
			t.Errorf("set %q has no part", s.Label())
		}
	}
	for _, f := range inv.Files {
		if want := map[bool]int{true: 1}[f.Role == RoleWeights]; in[f] != want {
			t.Errorf("%q of role %s is in %d sets", f.Path, f.Role, in[f])
		}
	}
	for dir, n := range primary {
		if n != 1 {
			t.Errorf("folder %q has %d primary sets", dir, n)
		}
	}
}

// checkRefs: parts are sorted and no two have one name.
func checkRefs(t testing.TB, inv *Inventory) {
	t.Helper()
	roles := bom.Roles()
	seen := map[string]bool{}
	for i, p := range inv.Parts {
		name := string(p.Role) + ":" + bom.Clean(p.Qualifier)
		if seen[name] {
			t.Errorf("two parts are named %q", name)
		}
		seen[name] = true
		if !slices.Contains(roles, p.Role) {
			t.Errorf("part of the unknown role %q", p.Role)
		}
		if i > 0 {
			before := inv.Parts[i-1]
			a, b := slices.Index(roles, before.Role), slices.Index(roles, p.Role)
			if a > b || a == b && before.Qualifier > p.Qualifier {
				t.Errorf("part %s stands before %s", ref(before), ref(p))
			}
		}
	}
}

// checkSeen: what could not be read is a problem.
func checkSeen(t testing.TB, inv *Inventory) {
	t.Helper()
	problem := map[string]bool{}
	for _, p := range inv.Problems {
		problem[p.Path] = true
		if p.Reason == "" || p.Kind == "" {
			t.Errorf("problem without kind or reason: %+v", p)
		}
	}
	for _, f := range inv.Files {
		if (f.Role == RoleWeights && f.Header == nil || f.Skipped != "" || f.Absent) && !problem[f.Path] {
			t.Errorf("%q was not read and is no problem", f.Path)
		}
	}
	for _, s := range inv.Sets {
		for _, m := range s.Missing {
			if !problem[m] && len(s.Files) > 0 && !problem[s.Files[0].Path] {
				t.Errorf("%q is missing and is no problem", m)
			}
		}
	}
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// outline is an inventory as values that can be compared.
func outline(inv *Inventory) map[string][]string {
	out := map[string][]string{}
	for _, f := range inv.Files {
		out["files"] = append(out["files"], f.Path+" "+string(f.Role)+" "+f.Format)
	}
	for _, s := range inv.Sets {
		out["sets"] = append(out["sets"], describe(s))
	}
	for _, p := range inv.Parts {
		line := []string{p.ConfigPath, p.ConfigKey, p.Inside}
		for _, f := range p.Files {
			line = append(line, f.Path)
		}
		for _, r := range p.Tensors {
			line = append(line, r.File.Path+"/"+r.Tensor().Name)
		}
		out["part "+ref(p)] = line
	}
	for _, p := range inv.Problems {
		out["problems"] = append(out["problems"], string(p.Kind)+" "+p.Path+" "+p.Reason)
	}
	return out
}

func buildDir(t *testing.T, dir string) *Inventory {
	t.Helper()
	repo, err := source.Open(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer repo.Close()
	inv, err := Build(context.Background(), repo)
	if errors.Is(err, ErrNoModel) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

func TestFixtures(t *testing.T) {
	for _, f := range append(fixtures.All(), fixtures.Hostile()...) {
		t.Run(f.Name, func(t *testing.T) {
			if f.Large && testing.Short() {
				t.Skip("large")
			}
			dir := filepath.Join(t.TempDir(), "model")
			if err := f.Write(dir); err != nil {
				t.Skip(err)
			}
			inv := buildDir(t, dir)
			if inv == nil {
				return
			}
			checkInvariants(t, inv)
			if f.Large || runtime.GOOS == "windows" {
				return
			}
			again := filepath.Join(t.TempDir(), "model")
			if !shuffle(t, dir, again) {
				return
			}
			if diff := gocmp.Diff(outline(inv), outline(buildDir(t, again))); diff != "" {
				t.Errorf("the order in which files were made matters:\n%s", diff)
			}
		})
	}
}

// shuffle copies a folder of plain files in another order, and is false for one
// that holds anything else.
func shuffle(t *testing.T, from, to string) bool {
	t.Helper()
	var paths []string
	plain := true
	err := filepath.WalkDir(from, func(p string, d os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.Type().IsRegular():
			paths = append(paths, p)
		case !d.IsDir():
			plain = false
		}
		return nil
	})
	if err != nil || !plain {
		return false
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(paths), func(i, j int) { paths[i], paths[j] = paths[j], paths[i] })
	for _, p := range paths {
		rel, _ := filepath.Rel(from, p)
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(filepath.Join(to, rel)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, rel), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return true
}

// TestFixtureParts states the parts of the fixtures that are models.
func TestFixtureParts(t *testing.T) {
	for name, want := range map[string][]string{
		"vlm":                   {"audio-encoder", "language-model", "projector", "vision-encoder"},
		"vlm-renamed":           {"audio-encoder", "language-model", "projector", "vision-encoder"},
		"decoder":               {"language-model"},
		"gguf":                  {"audio-encoder", "language-model", "projector", "vision-encoder"},
		"gguf-split":            {"language-model"},
		"lora":                  {"adapter"},
		"lora-bare":             {"adapter"},
		"diffusers":             {"diffusion-backbone", "text-encoder", "vae"},
		"sentence-transformers": {"embedding", "projector:2_Dense"},
		"omni":                  {"audio-encoder", "language-model", "language-model:talker", "other:token2wav", "projector", "vision-encoder"},
		"other-tensors":         {"other:checkpoint"},
	} {
		dir := filepath.Join(t.TempDir(), name)
		if err := fixtures.Write(name, dir); err != nil {
			t.Fatal(err)
		}
		got := refs(buildDir(t, dir))
		slices.Sort(got)
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("%s: parts differ (-want +got):\n%s", name, diff)
		}
	}
}
