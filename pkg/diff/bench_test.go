package diff

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/modelbom/modelbom/pkg/bom"
)

// large is a document of n components: parts, files, libraries and data sets
// with their relationships. Of another round one in a hundred is another one.
func large(n, round int) *bom.Document {
	d := &bom.Document{Subject: "model", Components: []bom.Component{{Ref: "model", Kind: bom.KindModel, Name: "m", Model: &bom.Model{}}}}
	for i := 1; i < n; i++ {
		r := 0
		if i%100 < 2 {
			r = round
		}
		var c bom.Component
		switch i % 10 {
		case 0:
			c = bom.Component{Ref: bom.Ref(fmt.Sprintf("part:other:p%d", i)), Role: bom.RoleOther, Kind: bom.KindModel, Name: fmt.Sprintf("m/other (p%d)", i),
				Model: &bom.Model{Family: "x", Parameters: 1000, WeightsDigest: fmt.Sprintf("sha256:%032d%032d", i, r), Hyperparameters: []bom.Property{{Name: "hidden_size", Value: "64"}, {Name: "rope_theta", Value: fmt.Sprint(r)}}}}
		case 1, 2, 3:
			c = bom.Component{Ref: bom.Ref(fmt.Sprintf("pkg:pypi/l%d@%d", i, r)), Kind: bom.KindLibrary, Name: fmt.Sprintf("l%d", i), Version: fmt.Sprint(r), PURL: fmt.Sprintf("pkg:pypi/l%d@%d", i, r)}
			d.Relationships = append(d.Relationships, bom.Relationship{From: "model", Type: bom.DependsOn, To: c.Ref})
		case 4:
			c = bom.Component{Ref: bom.Ref(fmt.Sprintf("dataset:d%d", i)), Role: bom.RoleDataset, Kind: bom.KindData, Name: fmt.Sprintf("d%d", i)}
			d.Relationships = append(d.Relationships, bom.Relationship{From: "model", Type: bom.TrainedOn, To: c.Ref})
		default:
			c = bom.Component{Ref: bom.Ref(fmt.Sprintf("file:dir%d/f%d", r, i)), Kind: bom.KindFile, Name: fmt.Sprintf("dir%d/f%d", r, i),
				Hashes: []bom.Hash{{Algorithm: bom.SHA256, Value: fmt.Sprintf("%064d", i)}}, File: &bom.File{Size: int64(i), Format: "safetensors", Role: "weights"}}
			d.Relationships = append(d.Relationships, bom.Relationship{From: bom.Ref(fmt.Sprintf("part:other:p%d", i/10*10)), Type: bom.HasDataFile, To: c.Ref})
		}
		c.Licenses = []bom.License{{Expression: "MIT", Acknowledgement: bom.Declared}}
		d.Components = append(d.Components, c)
		if i%50 == 0 {
			d.Gaps = append(d.Gaps, bom.Gap{Kind: bom.GapUnreadFile, Ref: c.Ref, Path: fmt.Sprint(i), Reason: fmt.Sprint(r)})
			d.Findings = append(d.Findings, bom.Finding{Rule: "x", Ref: c.Ref, Severity: bom.SeverityLow, Path: fmt.Sprint(i + r), Message: "m"})
		}
	}
	return d
}

// BenchmarkDocuments prints the curve: the time for one component must stay the
// same while documents grow.
func BenchmarkDocuments(b *testing.B) {
	for _, n := range []int{1000, 2000, 5000, 10000, 20000, 100000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			old, new := large(n, 0), large(n, 1)
			b.ReportAllocs()
			changes := 0
			for b.Loop() {
				changes = len(Documents(old, new, Options{}).Changes)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/component")
			b.ReportMetric(float64(changes), "changes")
		})
	}
}

// TestMemory holds 20,000 components below 512 MB, also where nothing of the two
// documents is common. How long it takes is logged; BenchmarkDocuments measures it.
func TestMemory(t *testing.T) {
	const n = 20000
	disjoint := large(n, 0)
	for i := range disjoint.Components[1:] {
		c := &disjoint.Components[i+1]
		c.Ref, c.Name, c.PURL = "other "+c.Ref, "other "+c.Name, ""
		c.Hashes = nil
		if c.Model != nil {
			c.Model.WeightsDigest = ""
		}
	}
	disjoint.Relationships = nil
	crowded := large(n, 0) // all of one role, one digest and one name
	for i := range crowded.Components[1:] {
		c := &crowded.Components[i+1]
		*c = bom.Component{Ref: bom.Ref(fmt.Sprintf("part:vae:%d", i)), Role: bom.RoleVAE, Kind: bom.KindModel, Name: "m/vae", Model: &bom.Model{WeightsDigest: digest1}}
		crowded.Relationships = append(crowded.Relationships, bom.Relationship{From: c.Ref, Type: bom.HasDataFile, To: "file:a"}, bom.Relationship{From: "model", Type: bom.DescendantOf, To: c.Ref})
	}
	fewer := clone(t, crowded)
	fewer.Components = fewer.Components[:n/2]
	for i := range fewer.Components[1:] {
		fewer.Components[i+1].Ref += "x"
	}
	origins := large(10, 0) // one component with many origins, licences and evidence
	for i := range n {
		o := bom.Origin{Reference: bom.Ref(fmt.Sprint("u", i)), Verdict: bom.VerdictIdentical}
		origins.Components[0].Origins = append(origins.Components[0].Origins, o)
		origins.Components[0].Licenses = append(origins.Components[0].Licenses, bom.License{Expression: fmt.Sprint("L", i)})
		origins.Components[0].Properties = append(origins.Components[0].Properties, bom.Property{Name: "modelbom:licence:term", Value: fmt.Sprint("T", i)})
	}
	everything := large(n, 0) // each component is changed in many ways
	for i := range everything.Components[1:] {
		c := &everything.Components[i+1]
		c.Licenses, c.Version, c.Description = []bom.License{{Expression: fmt.Sprint("L", i%50), Acknowledgement: bom.Declared}}, "9", "d"
		if c.Model != nil {
			c.Model.WeightsDigest, c.Model.Family = fmt.Sprint("sha256:", i), "y"
			c.Model.Hyperparameters = append(c.Model.Hyperparameters, bom.Property{Name: "vocab_size", Value: fmt.Sprint(i)})
		}
		if i%2 == 0 {
			c.Hashes = []bom.Hash{{Algorithm: bom.SHA256, Value: fmt.Sprint(i)}}
		}
	}
	for name, pair := range map[string][2]*bom.Document{
		"everything": {large(n, 0), everything},
		"rounds":     {large(n, 0), large(n, 1)}, "disjoint": {large(n, 0), disjoint}, "crowded": {crowded, fewer}, "emptied": {large(n, 0), {}},
		"one with all": {origins, large(10, 1)},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		c := Documents(pair[0], pair[1], Options{})
		took := time.Since(start)
		runtime.ReadMemStats(&after)
		used := (after.TotalAlloc - before.TotalAlloc) >> 20
		if used > 512 {
			t.Errorf("%s: %d MB in all", name, used)
		}
		t.Logf("%s: %v, %d MB allocated in all, %d changes", name, took, used, len(c.Changes))
	}
}
