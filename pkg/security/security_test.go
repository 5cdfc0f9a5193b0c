package security

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/modelbom/modelbom/fixtures"
	"github.com/modelbom/modelbom/pkg/bom"
	"github.com/modelbom/modelbom/pkg/format"
	"github.com/modelbom/modelbom/pkg/modelcard"
)

// said lists findings as "rule severity path key".
func said(s *Subject) []string {
	var out []string
	for _, f := range Findings(s) {
		out = append(out, strings.TrimRight(fmt.Sprintf("%s %s %s %s", f.Rule, f.Severity, f.Path, f.Key), " "))
	}
	return out
}

func global(name string) format.Code {
	return format.Code{Kind: format.CodeGlobal, Name: name, Detail: "GLOBAL"}
}

func call(name, args string) format.Code {
	return format.Code{Kind: format.CodeCall, Offset: 7, Name: name, Detail: "REDUCE; 2 times; with " + args}
}

func anomaly(name string) format.Code {
	return format.Code{Kind: format.CodeAnomaly, Name: name, Detail: "here"}
}

func pickled(code ...format.Code) *Subject {
	return &Subject{Files: []File{{Path: "m.bin", Format: "pickle", State: Read, Code: code}}}
}

func scanned(path string, code ...format.Code) *Subject {
	return &Subject{Files: []File{{Path: path, Scanned: true, Code: code}}}
}

func manyImports() (code []format.Code) {
	for i := range 50 {
		code = append(code, format.Code{Kind: format.CodeImport, Name: fmt.Sprintf("acme.f%02d", i)})
	}
	return code
}

func manyImported() (list []string) {
	for i := range 2 * maxNames {
		list = append(list, fmt.Sprintf("config-import low m.yaml acme.f%02d", i))
	}
	return list
}

func TestFindings(t *testing.T) {
	reference := func(repository, file, found, sum string) *Subject {
		return &Subject{HubID: "acme/own", References: []Reference{{CodeReference: modelcard.CodeReference{Statement: modelcard.Statement{Path: "config.json", Key: "auto_map.AutoModel", Value: "x"},
			File: file, Repository: repository}, Found: found, SHA256: sum}}}
	}
	problem := func(kind bom.GapKind, reason string) *Subject {
		return &Subject{Problems: []Problem{{Kind: kind, Path: "x.json", Reason: reason}}}
	}
	for name, test := range map[string]struct {
		subject *Subject
		want    []string
	}{
		"nothing":         {&Subject{}, nil},
		"safetensors":     {&Subject{Files: []File{{Path: "a.safetensors", Format: "safetensors", State: Read}}}, nil},
		"weights only":    {pickled(format.Code{Kind: format.CodeGlobal, Name: "torch.Tensor", Detail: "weights-only; GLOBAL"}), []string{"unsafe-format info m.bin"}},
		"called":          {pickled(global("os.system"), call("os.system", `("x",)`)), []string{"pickle-dangerous critical m.bin os.system", "unsafe-format low m.bin"}},
		"imported":        {pickled(global("os.system")), []string{"pickle-dangerous high m.bin os.system", "unsafe-format low m.bin"}},
		"unknown":         {pickled(call("acme.C", "()")), []string{"pickle-unknown medium m.bin", "unsafe-format low m.bin"}},
		"look-alike":      {pickled(global("оs.system")), []string{"pickle-unknown high m.bin", "unsafe-format low m.bin"}},
		"extension":       {pickled(format.Code{Kind: format.CodeExtension, Name: "extension 1", Detail: "EXT1"}), []string{"pickle-unknown high m.bin", "unsafe-format low m.bin"}},
		"known":           {pickled(call("numpy.core.multiarray._reconstruct", "()")), []string{"pickle-known info m.bin", "unsafe-format info m.bin"}},
		"own state":       {pickled(format.Code{Kind: format.CodeBuild, Name: "[1, 2]", Detail: "BUILD"}), []string{"pickle-known info m.bin", "unsafe-format info m.bin"}},
		"claims in names": {pickled(format.Code{Kind: format.CodeGlobal, Name: "os.system", Detail: "weights-only-not; GLOBAL"}), []string{"pickle-dangerous high m.bin os.system", "unsafe-format low m.bin"}},
		"twice":           {pickled(anomaly("member that is there twice"), anomaly("member that is there twice")), []string{"pickle-odd high m.bin member that is there twice", "unsafe-format info m.bin"}},
		"repacked":        {pickled(anomaly("compressed member")), []string{"pickle-odd low m.bin compressed member", "unsafe-format info m.bin"}},
		"flood":           {pickled(anomaly("too many records")), []string{"scan-incomplete high m.bin too many records", "unsafe-format info m.bin"}},
		"broken pickle":   {&Subject{Files: []File{{Path: "m.bin", Format: "pytorch", State: Broken, Reason: "cut"}}}, []string{"scan-incomplete medium m.bin reader"}},
		"broken data":     {&Subject{Files: []File{{Path: "m.gguf", Format: "gguf", State: Broken, Reason: "cut"}}}, []string{"scan-incomplete info m.gguf reader"}},
		"not read":        {&Subject{Files: []File{{Path: "m.h5", Format: "hdf5", State: NotRead}}}, []string{"not-read info m.h5"}},
		"data not read":   {&Subject{Files: []File{{Path: "m.pb", Format: "ncnn", State: NotRead}}}, nil},
		"absent":          {&Subject{Files: []File{{Path: "m.bin", State: Absent}}}, []string{"content-absent info m.bin"}},
		"lambda":          {&Subject{Files: []File{{Path: "m.h5", Marks: []Mark{{RuleLambda, "Lambda", 9}}}}}, []string{"keras-lambda high m.h5 Lambda"}},
		"browser lambda":  {&Subject{Files: []File{{Path: "model.json", Format: "tfjs", State: Read, Code: []format.Code{{Kind: format.CodeScript, Name: "Lambda"}}}}}, []string{"keras-lambda medium model.json"}},
		"lambda read":     {&Subject{Files: []File{{Path: "m.h5", Scanned: true, Code: []format.Code{{Kind: format.CodeLayer, Name: "Lambda", Detail: "x"}}, Marks: []Mark{{RuleLambda, "Lambda", 9}}}}}, []string{"keras-lambda high m.h5 Lambda"}},
		"graph":           {scanned("saved_model.pb", format.Code{Kind: format.CodeReach, Name: "ReadFile"}), []string{"graph-operator high saved_model.pb ReadFile"}},
		"import":          {scanned("m.keras", format.Code{Kind: format.CodeImport, Name: "os.system"}), []string{"config-import high m.keras os.system"}},
		"import unknown":  {scanned("m.yaml", format.Code{Kind: format.CodeImport, Name: "acme.C"}), []string{"config-import low m.yaml acme.C"}},
		"import known":    {scanned("m.yaml", format.Code{Kind: format.CodeImport, Name: "nemo.core.C"}), []string{"config-import info m.yaml nemo.core.C"}},
		"import flood":    {scanned("m.yaml", manyImports()...), append(manyImported(), "config-import low m.yaml more")},
		"packed pickle":   {scanned("a.zip", call("os.system", "()")), []string{"pickle-dangerous critical a.zip os.system"}},
		"packed escape":   {scanned("a.zip", anomaly("path out of the archive")), []string{"path-escape high a.zip path out of the archive"}},
		"outside values":  {scanned("m.h5", anomaly("values in another file"), anomaly("values in another file")), []string{"path-escape high m.h5 values in another file"}},
		"packed twice":    {scanned("a.zip", anomaly("member that is there twice")), []string{"pickle-odd high a.zip member that is there twice"}},
		"gap":             {&Subject{Files: []File{{Path: "a.7z", Scanned: true, Gaps: []format.Note{{Text: "closed"}, {Text: "too"}}}}}, []string{"scan-incomplete medium a.7z scan"}},
		"not looked at":   {pickled(anomaly("part that was not looked at")), []string{"scan-incomplete medium m.bin part that was not looked at", "unsafe-format info m.bin"}},
		"custom operator": {&Subject{Files: []File{{Path: "m.onnx", Format: "onnx", State: Read, Code: []format.Code{{Kind: format.CodeOperator, Name: "com.acme::F"}}}}}, []string{"custom-operator low m.onnx"}},
		"odd graph":       {&Subject{Files: []File{{Path: "m.onnx", Format: "onnx", State: Read, Code: []format.Code{anomaly("two graphs")}}}}, []string{"graph-odd medium m.onnx two graphs"}},
		"cut graph":       {&Subject{Files: []File{{Path: "m.onnx", Format: "onnx", State: Read, Code: []format.Code{anomaly("")}}}}, []string{"scan-incomplete medium m.onnx too many records"}},
		"script":          {pickled(format.Code{Kind: format.CodeScript, Name: "m/code/a.py"}), []string{"embedded-script info m.bin", "unsafe-format info m.bin"}},
		"climbing script": {pickled(format.Code{Kind: format.CodeScript, Name: "../../a.py"}), []string{"embedded-script info m.bin", "path-escape high m.bin ../../a.py", "unsafe-format info m.bin"}},
		"program":         {&Subject{Files: []File{{Path: "a.py", Program: true, SHA256: "00"}}}, []string{"code-file info a.py"}},
		"own code":        {reference("", "a.py", "a.py", "00"), []string{"remote-code low config.json auto_map.AutoModel"}},
		"own by name":     {reference("acme/own", "a.py", "a.py", "00"), []string{"remote-code low config.json auto_map.AutoModel"}},
		"missing code":    {reference("", "a.py", "", ""), []string{"remote-code medium config.json auto_map.AutoModel"}},
		"other code":      {reference("other/repo", "a.py", "", ""), []string{"remote-code low config.json auto_map.AutoModel"}},
		"odd reference":   {reference("", "", "", ""), []string{"remote-code low config.json auto_map.AutoModel"}},
		"escape":          {problem(bom.GapAbsentWeights, `file "../x" leaves the repository`), []string{"path-escape high x.json leaves the repository"}},
		"link":            {problem(bom.GapSkipped, "link leads out of the repository"), []string{"path-escape medium x.json leads out of the repository"}},
		"missing shard":   {problem(bom.GapAbsentWeights, "named by an index and not here"), []string{"content-absent info x.json named"}},
		"other problem":   {problem(bom.GapInexact, "a wrong total"), nil},
		"secret":          {&Subject{Files: []File{{Path: "c.json", Secrets: []Secret{{"a token", bom.SeverityHigh, 3, 37, 0}}}}}, []string{"secret high c.json line 3"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, said(test.subject)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMessages(t *testing.T) {
	s := pickled(call("os.system", `("echo x",)`))
	s.Files[0].Twin = "model.safetensors"
	f := Findings(s)
	for i, want := range []string{`would call os.system with ("echo x",), which starts programs`, "model.safetensors stands beside it"} {
		if !strings.Contains(f[i].Message, want) {
			t.Errorf("%q does not say %q", f[i].Message, want)
		}
	}
}

func TestGrades(t *testing.T) {
	for name, want := range map[string]format.Grade{
		"os.system": format.DangerousGlobal, "posix.system": format.DangerousGlobal, "builtins.eval": format.DangerousGlobal, "builtins.getattr": format.DangerousGlobal,
		"torch.serialization.os.system": format.DangerousGlobal, "collections.OrderedDict.__reduce_ex__": format.DangerousGlobal, "path.join.__globals__": format.DangerousGlobal,
		"sklearn.os.Popen": format.DangerousGlobal, "torch.load": format.DangerousGlobal, "torch.storage._load_from_bytes": format.DangerousGlobal, "numpy.f2py.crackfortran.getlincoef": format.DangerousGlobal,
		"pip.main": format.DangerousGlobal, "uuid._get_command_stdout": format.DangerousGlobal, "functools.partial": format.DangerousGlobal, "types.CodeType": format.DangerousGlobal, "io.open": format.DangerousGlobal,
		"_io.FileIO": format.DangerousGlobal, "logging.config.dictConfig": format.DangerousGlobal, "cloudpickle.cloudpickle._make_function": format.DangerousGlobal, "joblib.load": format.DangerousGlobal,
		"fickling.load": format.DangerousGlobal, "__builtin__.eval": format.DangerousGlobal, strings.Repeat("a.", 100) + "b": format.DangerousGlobal,
		"acme.C": format.UnknownGlobal, "__main__.Net": format.UnknownGlobal, "builtins.print": format.UnknownGlobal, "builtins.type": format.UnknownGlobal, "": format.UnknownGlobal, "sklearn.f": format.UnknownGlobal,
		"sklearn.Тree": format.UnknownGlobal, "os": format.DangerousGlobal, "osmodule.x": format.UnknownGlobal, "scipy.signal.Filter": format.UnknownGlobal, "<builtins.str()>.system": format.UnknownGlobal,
		"sklearn.tree._classes.DecisionTreeClassifier": format.KnownGlobal, "numpy.ndarray": format.KnownGlobal, "uuid.UUID": format.KnownGlobal, "torch.jit._pickle.build_intlist": format.KnownGlobal,
		"torch.nn.modules.linear.Linear": format.KnownGlobal, "__torch__.model.Net": format.KnownGlobal, "collections.defaultdict": format.KnownGlobal, "joblib.numpy_pickle.NumpyArrayWrapper": format.KnownGlobal,
		"transformers.training_args.TrainingArguments": format.KnownGlobal, "pathlib.PosixPath": format.KnownGlobal, "pathlib.Path.write_text": format.DangerousGlobal,
	} {
		if got := format.JudgeGlobal(name).Grade; got != want {
			t.Errorf("%s: grade %d, want %d", name, got, want)
		}
	}
}

// TestHostilePickles wants a complaint about every hostile pickle, and every
// dangerous name that it holds, where no limit came before.
func TestHostilePickles(t *testing.T) {
	for _, p := range fixtures.Pickles() {
		if testing.Short() && len(p.Data) > 1<<20 {
			continue
		}
		f := File{Path: p.File, State: Read}
		id, reader := format.Identify(p.File, int64(len(p.Data)), p.Data[:min(len(p.Data), format.HeadSize)])
		if f.Format = id; reader == nil {
			t.Errorf("%s: no reader", p.Name)
			continue
		}
		h, err := reader.Read(bytes.NewReader(p.Data), int64(len(p.Data)))
		if err != nil {
			f.State, f.Reason = Broken, err.Error()
			if broken := (*format.Error)(nil); errors.As(err, &broken) {
				f.Code = broken.Code
			}
		} else {
			f.Code = h.Code
		}
		findings := Findings(&Subject{Files: []File{f}})
		if !slices.ContainsFunc(findings, func(f bom.Finding) bool { return f.Severity != bom.SeverityInfo }) {
			t.Errorf("%s: nothing above info: %v", p.Name, findings)
		}
		for _, name := range p.Names {
			if format.JudgeGlobal(name).Grade == format.DangerousGlobal && !slices.ContainsFunc(findings, func(f bom.Finding) bool { return f.Rule == RulePickleDangerous && f.Key == name }) {
				t.Errorf("%s: nothing about %s", p.Name, name)
			}
		}
	}
}

func TestBounds(t *testing.T) {
	s := &Subject{}
	for i := range 1000 {
		s.Files = append(s.Files, File{Path: fmt.Sprintf("%04d.py", i), Program: true})
	}
	var code []format.Code
	for i := range 10_000 {
		code = append(code, call(fmt.Sprintf("os.f%d", i), "()"), global(fmt.Sprintf("acme.%s%d", strings.Repeat("x", 1000), i)))
	}
	s.Files = append(s.Files, File{Path: "m.bin", Format: "pickle", State: Read, Code: code})
	n := map[string]int{}
	for _, f := range Findings(s) {
		n[f.Rule]++
		if len(f.Message) > 4*maxMessage {
			t.Errorf("a message of %d bytes", len(f.Message))
		}
	}
	if diff := cmp.Diff(map[string]int{RuleCodeFile: maxPerRule + 1, RulePickleDangerous: maxNames + 1, RulePickleUnknown: 1, RuleUnsafeFormat: 1}, n); diff != "" {
		t.Errorf("findings by rule (-want +got):\n%s", diff)
	}
}

// TestRules wants every rule documented, and findings to be no graver than it.
func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		if seen[r.ID] || rank(r.Severity) < 0 || r.Title == "" || r.Why == "" || r.Help == "" {
			t.Errorf("rule %+v", r)
		}
		seen[r.ID] = true
	}
}

func TestSearch(t *testing.T) {
	pad := strings.Repeat("x", 1<<20-5) // over the border of two reads
	for _, test := range []struct {
		format, data string
		want         []Mark
	}{
		{"hdf5", pad + `{"class_name": "Lambda", "config"`, []Mark{{RuleLambda, "Lambda", 1<<20 - 4}}},
		{"hdf5", pad + `{"class_name": "Dense"}`, nil},
		{"gguf", `"class_name": "Lambda"`, nil},
		{"hdf5", "", nil},
	} {
		got, whole, err := Search(strings.NewReader(test.data), int64(len(test.data)), test.format)
		if diff := cmp.Diff(test.want, got); diff != "" || !whole || err != nil {
			t.Errorf("%s: whole %v, %v (-want +got):\n%s", test.format, whole, err, diff)
		}
	}
}
