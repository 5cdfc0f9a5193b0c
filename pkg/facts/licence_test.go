package facts

import "testing"

func TestIsExpression(t *testing.T) {
	for s, want := range map[string]bool{
		"MIT": true, "apache-2.0": true, "(MIT OR Apache-2.0) AND LicenseRef-x": true, "GPL-2.0+ WITH Classpath-exception-2.0": true,
		"DocumentRef-a:LicenseRef-b": true, "": false, " ": false, "MIT OR": false, "OR MIT": false, "MIT AND AND MIT": false,
		"Apache 2.0": false, "((MIT": false, "MIT)": false, "()": false, "NOASSERTION": false, "NONE": false, "MIT (MIT)": false,
	} {
		if isExpression(s) != want {
			t.Errorf("%q: %v", s, !want)
		}
	}
}
