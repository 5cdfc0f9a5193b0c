package security

import (
	"strings"

	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/wording"
)

// oddSeverity grades the anomalies of pickles and their archives by name, as
// packages pickle and format call them. What is not listed is medium.
var oddSeverity = map[string]bom.Severity{
	// What one reader sees and another does not.
	"member that is there twice":          bom.SeverityHigh,
	"two names of a member":               bom.SeverityHigh,
	"two flag fields of a member":         bom.SeverityHigh,
	"odd flags of a member":               bom.SeverityHigh,
	"two methods of a member":             bom.SeverityHigh,
	"two checksums of a member":           bom.SeverityHigh,
	"two sizes of a member":               bom.SeverityHigh,
	"two zip directories":                 bom.SeverityHigh,
	"second end of a zip directory":       bom.SeverityHigh,
	"encrypted member":                    bom.SeverityHigh,
	"overlapping members":                 bom.SeverityHigh,
	"wrong checksum of a member":          bom.SeverityHigh,
	"data.pkl in another folder":          bom.SeverityHigh,
	"wrong size of a member":              bom.SeverityHigh,
	"wrong size of the zip directory":     bom.SeverityHigh,
	"STACK_GLOBAL of what is no text":     bom.SeverityHigh,
	"odd global name":                     bom.SeverityHigh,
	"pickle inside of a byte string":      bom.SeverityMedium,
	"extension code that is not positive": bom.SeverityHigh,
	// What is odd and known from repacked files.
	"compressed member":           bom.SeverityLow,
	"archive comment":             bom.SeverityLow,
	"repeated PROTO":              bom.SeverityMedium,
	"arguments that are no tuple": bom.SeverityMedium,
}

// maxOdd bounds the findings about anomalies of one file.
const maxOdd = 20

// oddities judges what an ordinary writer does not write: one finding for each
// kind of anomaly, with the first place.
func (c *collector) oddities(f *File) {
	seen := map[string]int{}
	first := map[string]format.Code{}
	var names []string
	for _, x := range f.Code {
		if x.Kind != format.CodeAnomaly || cutOff(x.Name) {
			continue
		}
		if says := outward[x.Name]; says != "" {
			c.outward(f, x, says, seen)
			continue
		}
		if seen[x.Name]++; seen[x.Name] == 1 {
			names = append(names, x.Name)
			first[x.Name] = x
		}
	}
	for i, name := range names {
		if i == maxOdd {
			c.add(RulePickleOdd, bom.SeverityHigh, f.Ref, f.Path, "more", "%s", wording.Count(len(names)-i, "more kind of anomaly", "more kinds of anomalies"))
			return
		}
		severity, ok := oddSeverity[name]
		if !ok {
			severity = bom.SeverityMedium
		}
		x := first[name]
		more := ""
		if n := seen[name]; n > 1 {
			more = ", and " + wording.Count(n-1, "more such place", "more such places")
		}
		detail := ""
		if x.Detail != "" {
			detail = ": " + short(x.Detail, maxQuoted)
		}
		c.add(RulePickleOdd, severity, f.Ref, f.Path, name, "%s at byte %d%s%s; no ordinary writer does this, and readers can disagree about what the file holds", name, x.Offset, detail, more)
	}
}

// outward are the anomalies that lead out of the file, with what they do.
var outward = map[string]string{
	"path out of the archive":             "a member of the archive has a name that leads out of the folder it is unpacked in",
	"external link":                       "a link of the file leads to another file, which a loader opens",
	"values in another file":              "values of the file lie in another file, which a loader reads",
	"link of a type that needs a program": "a link of the file needs a program of its own to be followed",
}

// outward judges what leads out of a file: each kind once, with the first place.
func (c *collector) outward(f *File, x format.Code, says string, seen map[string]int) {
	if seen[x.Name]++; seen[x.Name] == 1 {
		c.add(RulePathEscape, bom.SeverityHigh, f.Ref, f.Path, x.Name, "%s (byte %d): %s", says, x.Offset, short(x.Detail, maxQuoted))
	}
}

// cutOff reports the anomalies that say that something was not seen.
func cutOff(name string) bool {
	switch name {
	case "", "too many records", "pickles nested too deep", "pickle that cannot be run", "part that was not looked at":
		return true
	}
	return false
}

// unseen says what was not seen of a file, so that nobody takes silence for a
// clean result.
func (c *collector) unseen(f *File) {
	for _, x := range f.Code {
		if x.Kind == format.CodeAnomaly && cutOff(x.Name) || x.Name == "Lambda" && x.Kind == format.CodeAnomaly {
			what := x.Name
			if what == "" {
				what = "too many records"
			}
			severity := bom.SeverityMedium
			if holdsPickle(f) && what != "pickle that cannot be run" && what != "part that was not looked at" {
				severity = bom.SeverityHigh // a flood that hides what comes behind it
			}
			c.add(RuleScanIncomplete, severity, f.Ref, f.Path, what, "%s at byte %d: %s; not everything in the file was judged", what, x.Offset, short(x.Detail, maxQuoted))
			break
		}
	}
	if n := len(f.Gaps); n > 0 {
		more := ""
		if n > 1 {
			more = ", and " + wording.Count(n-1, "more such place", "more such places")
		}
		c.add(RuleScanIncomplete, bom.SeverityMedium, f.Ref, f.Path, "scan", "not all of the file was looked at: byte %d: %s%s; what it holds there was not judged",
			f.Gaps[0].Offset, short(f.Gaps[0].Text, maxQuoted), more)
	}
	switch f.State {
	case Broken:
		c.broken(f)
	case NotRead:
		switch why := carriers[f.Format]; {
		case why != "" && f.Scanned:
			c.add(RuleNotRead, bom.SeverityInfo, f.Ref, f.Path, "", "the weights of the format %s are not read by this version; %s, and what is known of that was looked for: what was found is said in other findings, and silence is no proof", f.Format, why)
		case why != "":
			c.add(RuleNotRead, bom.SeverityInfo, f.Ref, f.Path, "", "the format %s is not read by this version; %s, and nothing is said about whether this file does", f.Format, why)
		}
	case Absent:
		c.add(RuleAbsent, bom.SeverityInfo, f.Ref, f.Path, "", "only a pointer to the content is here; nothing can be said about what it holds")
	}
}

// broken judges a file whose reader stopped. Only files that can run something
// are more than a gap.
func (c *collector) broken(f *File) {
	severity, why := bom.SeverityInfo, "what comes behind it was not judged"
	if holdsPickle(f) {
		severity, why = bom.SeverityMedium, "a loader may have run what stands before that place, and what comes behind it was not judged"
	}
	c.add(RuleScanIncomplete, severity, f.Ref, f.Path, "reader", "the reader stopped: %s; %s", short(f.Reason, maxQuoted), why)
}

// carriers are formats that are not read and can carry code, with how.
var carriers = map[string]string{
	format.Unknown:          "it can be anything, a program too",
	"hdf5":                  "Keras stores Lambda layers in it as Python code",
	"keras":                 "it names the classes and functions that a loader imports",
	"npy":                   "arrays of objects are pickles",
	"npz":                   "arrays of objects are pickles",
	"joblib":                "it is a pickle",
	"skops":                 "it names the classes that a loader imports",
	"nemo":                  "it holds a pickle and a configuration that names what a loader calls",
	"tensorflow-savedmodel": "its operators can touch files and run Python",
	"tensorflow-graph":      "its operators can touch files and run Python",
	"tflite":                "it can need operators of a native library",
	"paddle":                "parameters can be a pickle",
	"dduf":                  "it is an archive of other files",
	"llamafile":             "it is a program",
	"torch7":                "it is a serialised program of Lua objects",
	"tensorrt":              "it holds code for the processor and can need plug-ins",
	"executorch":            "it can need operators of a native library",
	"onnx-ort":              "it can need operators of a native library",
	"openvino":              "it can need operators of a native library",
	"coreml":                "it can need layers of a native library",
	"ctranslate2":           "",
}

// programs names the program text in weight files.
func (c *collector) programs(f *File) {
	n, first := 0, ""
	for _, x := range f.Code {
		if x.Kind != format.CodeScript {
			continue
		}
		if x.Name == "Lambda" {
			c.add(RuleLambda, bom.SeverityMedium, f.Ref, f.Path, "", "a layer is a Python function (byte %d); loading or running it in Keras would run that function", x.Offset)
			continue
		}
		if climbs(x.Name) {
			c.add(RulePathEscape, bom.SeverityHigh, f.Ref, f.Path, x.Name, "a member of the archive has a name that leads out of the folder it is unpacked in")
		}
		if n++; n == 1 {
			first = x.Name
		}
	}
	if n > 0 {
		c.add(RuleScript, bom.SeverityInfo, f.Ref, f.Path, "", "the archive holds %s, the first %s; its loader compiles and runs them", wording.Count(n, "program text", "program texts"), short(first, 100))
	}
	if f.Program {
		digest := "no digest was computed"
		if f.SHA256 != "" {
			digest = "SHA-256 " + f.SHA256
		}
		c.add(RuleCodeFile, bom.SeverityInfo, f.Ref, f.Path, "", "program text, %s; it runs when a person or a loader that trusts the repository runs it", digest)
	}
}

// climbs reports whether a name of an archive leads out of its folder.
func climbs(name string) bool {
	name = strings.ReplaceAll(name, `\`, "/")
	return strings.HasPrefix(name, "/") || len(name) > 1 && name[1] == ':' || strings.Contains("/"+name+"/", "/../")
}

// operators judges the code records of graphs.
func (c *collector) operators(f *File) {
	if holdsPickle(f) || f.Scanned {
		return
	}
	domains := map[string]int{}
	var order []string
	odd := 0
	for _, x := range f.Code {
		switch x.Kind {
		case format.CodeOperator:
			domain, _, _ := strings.Cut(x.Name, "::")
			if domains[domain]++; domains[domain] == 1 {
				order = append(order, domain)
			}
		case format.CodeAnomaly:
			if cutOff(x.Name) || x.Name == "Lambda" {
				continue
			}
			if odd++; odd <= maxOdd {
				c.add(RuleGraphOdd, bom.SeverityMedium, f.Ref, f.Path, x.Name, "%s at byte %d: %s", x.Name, x.Offset, short(x.Detail, maxQuoted))
			}
		}
	}
	if odd > maxOdd {
		c.add(RuleGraphOdd, bom.SeverityMedium, f.Ref, f.Path, "more", "%s", wording.Count(odd-maxOdd, "more anomaly", "more anomalies"))
	}
	if len(order) > 0 {
		for i, d := range order {
			order[i] = short(d, 80) + " (" + wording.Count(domains[d], "operator", "operators") + ")"
		}
		c.add(RuleCustomOperator, bom.SeverityLow, f.Ref, f.Path, "", "the graph uses operators of the domains %s; they come from native libraries that have to be loaded beside the model", listed(order, maxListed))
	}
}

// formats judges the format that weights are in.
func (c *collector) formats(f *File) {
	if !holdsPickle(f) || f.State != Read {
		return
	}
	severity, what := bom.SeverityInfo, "this file needs only what PyTorch's restricted loader allows"
	for _, u := range uses(f) {
		if u.grade != format.KnownGlobal {
			severity, what = bom.SeverityLow, "this file needs more than PyTorch's restricted loader allows"
			break
		}
		what = "beyond what PyTorch's restricted loader allows, this file needs names of well-known libraries"
	}
	beside := "no file of another format with the same weights stands beside it"
	if f.Twin != "" {
		beside = short(f.Twin, 150) + " stands beside it and holds data only: load that one"
	}
	c.add(RuleUnsafeFormat, severity, f.Ref, f.Path, "", "a pickle-based format, which can run code when loaded; %s; %s", what, beside)
}

// secrets reports what looks like a secret, and never its value.
func (c *collector) secrets(f *File) {
	for _, s := range f.Secrets {
		c.add(RuleSecret, s.Severity, f.Ref, f.Path, s.place(), "what looks like %s of %d characters stands in line %d; the value is not repeated here. If it is real, revoke it at its issuer", s.Kind, s.Length, s.Line)
	}
}

// problem judges what the walk over the repository complained about.
func (c *collector) problem(p *Problem) {
	for _, sign := range []string{"leaves the repository", "leads out of the repository", "is absolute", "begins with a URL scheme or drive letter", "holds a backslash", "holds a NUL byte"} {
		if strings.Contains(p.Reason, sign) {
			severity := bom.SeverityHigh
			if strings.HasPrefix(p.Reason, "link ") {
				severity = bom.SeverityMedium // working copies have such links, downloads never
			}
			c.add(RulePathEscape, severity, p.Ref, p.Path, sign, "%s; nothing outside was opened. A loader that follows it reads or overwrites files of the machine", short(p.Reason, 2*maxQuoted))
			return
		}
	}
	if p.Kind == bom.GapAbsentWeights && !strings.Contains(p.Reason, "only a pointer") {
		c.add(RuleAbsent, bom.SeverityInfo, p.Ref, p.Path, "named", "%s; nothing can be said about what is not here", short(p.Reason, 2*maxQuoted))
	}
}
