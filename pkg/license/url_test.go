package license

import (
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/licenselist"
)

func TestFromURL(t *testing.T) {
	for _, tt := range []struct{ in, want string }{
		{"https://spdx.org/licenses/MIT.html", "MIT"},
		{"https://spdx.org/licenses/Apache-2.0", "Apache-2.0"},
		{"http://www.opensource.org/licenses/BSD-3-Clause", "BSD-3-Clause"},
		{"https://opensource.org/license/mit", "MIT"},
		{"https://opensource.org/license/apache-2-0", "Apache-2.0"},
		{"https://opensource.org/licenses/mit-license.php", ""},
		{"http://www.apache.org/licenses/LICENSE-2.0.txt", "Apache-2.0"},
		{"https://www.apache.org/licenses/LICENSE-2.0", "Apache-2.0"},
		{"http://www.apache.org/licenses/", ""},
		{"https://creativecommons.org/licenses/by-nc/4.0/", "CC-BY-NC-4.0"},
		{"https://creativecommons.org/licenses/by-nc/4.0/legalcode.de", "CC-BY-NC-4.0"},
		{"https://creativecommons.org/licenses/by-nc-sa/4.0/deed.ko", "CC-BY-NC-SA-4.0"},
		{"https://creativecommons.org/licenses/by/3.0/us/", "CC-BY-3.0-US"},
		{"https://creativecommons.org/licenses/by/3.0/xx/", ""},
		{"https://creativecommons.org/licenses/by-nd-nc/1.0/", "CC-BY-NC-ND-1.0"},
		{"https://creativecommons.org/licenses/by-sa/3.0/igo/legalcode", "CC-BY-SA-3.0-IGO"},
		{"https://creativecommons.org/licenses/by/", ""},
		{"https://creativecommons.org/publicdomain/zero/1.0/deed.en", "CC0-1.0"},
		{"https://www.gnu.org/licenses/gpl-3.0.en.html", "GPL-3.0"},
		{"https://www.gnu.org/licenses/old-licenses/gpl-2.0.txt", "GPL-2.0"},
		{"https://www.gnu.org/licenses/agpl-3.0-standalone.html", "AGPL-3.0"},
		{"https://www.gnu.org/licenses/gpl.html", ""},
		{"https://choosealicense.com/licenses/bsd-3-clause-clear/", "BSD-3-Clause-Clear"},
		{"https://choosealicense.com/", ""},
		{"https://huggingface.co/datasets/choosealicense/licenses/blob/main/markdown/apache-2.0.md", "Apache-2.0"},
		{"https://www.mozilla.org/en-US/MPL/2.0/", "MPL-2.0"},
		{"https://unlicense.org", "Unlicense"},
		{"https://unlicense.org/?x=1#y", "Unlicense"},
		{"https://ai.google.dev/gemma/terms", "LicenseRef-gemma"},
		{"https://www.llama.com/llama3_1/license/", "LicenseRef-llama3.1"},
		{"HTTPS://AI.META.COM/llama/license", "LicenseRef-llama2"},
		{"https://mistral.ai/licenses/MRL-0.1.md", "LicenseRef-mistral-research-0.1"},
		{"https://huggingface.co/Qwen/Qwen2.5-3B-Instruct/blob/main/LICENSE", "LicenseRef-qwen-research"},

		{"https://huggingface.co/somebody/Model/blob/main/LICENSE", ""},
		{"https://github.com/OpenBMB/MiniCPM", ""},
		{"http://licenses.ai/", ""},
		{"https://creativecommons.org/publicdomain/nothing/1.0/", ""},
		{"https://openmdw.ai/license/", ""},
		{"https://spdx.org/licenses/Classpath-exception-2.0.html", ""},
		{"https://spdx.org/licenses/nothing.html", ""},
		{"https://spdx.org.evil.example/licenses/MIT.html", ""},
		{"https://user@spdx.org/licenses/MIT.html", ""},
		{"file:///licenses/MIT.html", ""},
		{"LICENSE", ""},
		{"", ""},
		{"https://%zz", ""},
		{"https://spdx.org/licenses/MIT.html?" + strings.Repeat("x", maxURL), ""},
	} {
		if got, ok := FromURL(tt.in); got != tt.want || ok != (tt.want != "") {
			t.Errorf("FromURL(%.100q) = %q, %v; want %q", tt.in, got, ok, tt.want)
		}
	}
}

// Address and FromURL are each other's opposites where an address is known that
// is one licence's only.
func TestFromURLOfAddress(t *testing.T) {
	n := 0
	for id := range licenselist.All() {
		if licenselist.IsException(id) {
			continue
		}
		if got, _ := FromURL(Address(id)); got != id {
			t.Errorf("FromURL(%q) = %q, want %q", Address(id), got, id)
		}
	}
	for _, o := range OwnLicenses() {
		if got, ok := FromURL(o.URL); ok && got != o.Ref {
			t.Errorf("FromURL(%q) = %q, want %q", o.URL, got, o.Ref)
		} else if ok {
			n++
		}
	}
	t.Logf("%d of %d licences of ours have an address of their own", n, len(OwnLicenses()))
	for line := range dataLines(urlsFile) {
		address, expression, ok := strings.Cut(line, " = ")
		if got, _ := FromURL("https://" + address); !ok || got != strings.TrimPrefix(expression, "-") || got != "" && ClassOf(got) == ClassUnknown {
			t.Errorf("%q gives %q", line, got)
		}
	}
}

func FuzzFromURL(f *testing.F) {
	for _, s := range []string{"https://spdx.org/licenses/MIT.html", "https://creativecommons.org/licenses/by-nc/4.0/legalcode.de", "https://www.gnu.org/licenses/old-licenses/lgpl-2.1.en.html", "https://opensource.org/license/bsd-3-clause"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := FromURL(s)
		if ok != (got != "") {
			t.Fatalf("%q: %q, %v", s, got, ok)
		}
		if ok && len(Licenses(got)) != 1 {
			t.Fatalf("%q gives %q, which is not one licence", s, got)
		}
	})
}

func TestReplacement(t *testing.T) {
	n := 0
	for id := range licenselist.All() {
		got, ok := Replacement(id)
		if !ok {
			continue
		}
		n++
		if normal, _ := FromStatement(got); !licenselist.IsDeprecated(id) || normal != got || licenselist.IsDeprecated(got) || ClassOf(got) != ClassOf(id) {
			t.Errorf("Replacement(%q) = %q", id, got)
		}
	}
	if n != 12 {
		t.Errorf("%d identifiers have a replacement, want 12", n)
	}
	for _, id := range []string{"GPL-3.0", "GPL-2.0", "LGPL-2.1", "AGPL-3.0", "GFDL-1.3", "BSD-2-Clause-FreeBSD", "GPL-2.0-with-classpath-exception", "Net-SNMP", "MIT", ""} {
		if got, ok := Replacement(id); ok {
			t.Errorf("Replacement(%q) = %q", id, got)
		}
	}
}
