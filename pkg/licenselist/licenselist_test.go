package licenselist

import "testing"

func TestCanonical(t *testing.T) {
	for in, want := range map[string]string{
		"apache-2.0": "Apache-2.0", "MIT": "MIT", "openmdw-1.0": "OpenMDW-1.0", "bsl-1.0": "BSL-1.0",
		"llama3.1": "", "": "", "# identifiers": "",
	} {
		got, ok := Canonical(in)
		if got != want || ok != (want != "") {
			t.Errorf("Canonical(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
	if n := len(table()); n != 811 {
		t.Errorf("the list holds %d identifiers, want the 811 of version %s", n, Version)
	}
	for id, want := range map[string]bool{"GPL-2.0": true, "GPL-2.0+": true, "AGPL-3.0": true, "GPL-2.0-only": false, "MIT": false} {
		if IsDeprecated(id) != want {
			t.Errorf("IsDeprecated(%q) = %v", id, !want)
		}
	}
	if _, ok := License("Classpath-exception-2.0"); ok || !IsException("classpath-exception-2.0") {
		t.Error("an exception is no licence")
	}
	if id, ok := Exception("classpath-exception-2.0"); !ok || id != "Classpath-exception-2.0" {
		t.Errorf("Exception gives %q, %v", id, ok)
	}
	if Contains("apache-2.0") || !Contains("Apache-2.0") {
		t.Error("Contains must compare the exact spelling")
	}
}
