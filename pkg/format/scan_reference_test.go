package format

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
)

// scanWriter writes files with the libraries that other people use, each when it
// is there.
const scanWriter = `
import os, sys
os.chdir(sys.argv[1])
config = '{"class_name": "Sequential", "config": {"name": "m", "layers": [{"class_name": "Lambda", "config": {"name": "hidden"}}]}}'
class Call:
    def __reduce__(self):
        return os.system, ("echo x",)
try:
    import numpy as np
    np.save("objects.npy", np.array([Call()], dtype=object))
    np.save("numbers.npy", np.zeros((3, 4), dtype=[("O", "f4"), ("b", "u1")]))
    np.savez_compressed("both.npz", a=np.zeros(10**6), b=np.array([Call()], dtype=object))
except ImportError:
    pass
try:
    import joblib
    joblib.dump({"a": np.arange(1000.0), "b": np.arange(3), "c": Call()}, "arrays.joblib")
    joblib.dump({"a": np.arange(1000.0), "c": Call()}, "packed.joblib", compress=3)
except ImportError:
    pass
try:
    import h5py
    for lib in ("earliest", "latest"):
        for kind in ("variable", "fixed"):
            with h5py.File(lib + "-" + kind + ".h5", "w", libver=lib) as f:
                f.attrs["model_config"] = config if kind == "variable" else np.bytes_(config)
                f.create_group("model_weights").create_dataset("w", data=np.zeros(3))
                f.create_dataset("outside", shape=(4,), dtype="u1", external=[("/etc/passwd", 0, 4)])
except ImportError:
    pass
`

// TestScanReference looks at files of NumPy, joblib and h5py themselves.
func TestScanReference(t *testing.T) {
	python := os.Getenv("MODELBOM_PYTHON")
	if python == "" {
		t.Skip("NOT TESTED: MODELBOM_PYTHON names no Python with numpy, joblib and h5py")
	}
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), python, "-B", "-c", scanWriter, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, want := range map[string][]string{
		"objects.npy": {"posix.system"}, "numbers.npy": nil, "both.npz": {"posix.system"},
		"arrays.joblib": {"posix.system"}, "packed.joblib": {"posix.system"},
		"earliest-variable.h5": {"Lambda", "values in another file"}, "earliest-fixed.h5": {"Lambda", "values in another file"},
		"latest-variable.h5": {"Lambda", "values in another file"}, "latest-fixed.h5": {"Lambda", "values in another file"},
	} {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Logf("NOT TESTED: %s, whose library is not there", name)
			continue
		}
		found := Scan(name, bytes.NewReader(data), int64(len(data)))
		if len(found.Gaps) > 0 && want != nil {
			t.Errorf("%s: gaps %+v", name, found.Gaps)
		}
		for _, w := range want {
			if !slices.ContainsFunc(found.Code, func(c Code) bool { return c.Name == w }) {
				t.Errorf("%s: no %s in %+v", name, w, found.Code)
			}
		}
		if want == nil && slices.ContainsFunc(found.Code, func(c Code) bool { return c.Kind != CodeAnomaly }) {
			t.Errorf("%s: %+v", name, found.Code)
		}
	}
}
