package license

import (
	"slices"
	"testing"
)

func TestLicenses(t *testing.T) {
	for _, tt := range []struct {
		expression string
		want       []string
	}{
		{"MIT", []string{"MIT"}},
		{"mit AND (apache-2.0 OR mit)", []string{"Apache-2.0", "MIT"}},
		{"Zlib OR GPL-2.0-only WITH Classpath-exception-2.0", []string{"GPL-2.0-only WITH Classpath-exception-2.0", "Zlib"}},
		{"llama3.1", []string{"LicenseRef-llama3.1"}},
		{"MIT OR", nil},
		{"", nil},
	} {
		if got := Licenses(tt.expression); !slices.Equal(got, tt.want) {
			t.Errorf("Licenses(%q) = %q, want %q", tt.expression, got, tt.want)
		}
	}
}

func TestTitleAndAddress(t *testing.T) {
	for _, tt := range []struct{ expression, title, address string }{
		{"MIT", "MIT", "https://spdx.org/licenses/MIT.html"},
		{"llama3.1", "Llama 3.1 Community License Agreement", "https://www.llama.com/llama3_1/license/"},
		{"LicenseRef-gemma AND (MIT OR ISC)", "Gemma Terms of Use AND (MIT OR ISC)", ""},
		{"GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0", "https://spdx.org/licenses/GPL-2.0-only.html"},
		{"GPL-2.0+", "GPL-2.0+", "https://spdx.org/licenses/GPL-2.0+.html"},
		{"Apache-2.0+", "Apache-2.0+", "https://spdx.org/licenses/Apache-2.0.html"},
		{"LicenseRef-acme", "LicenseRef-acme", ""},
		{"all rights reserved", "all rights reserved", ""},
		{"", "", ""},
	} {
		if got := Title(tt.expression); got != tt.title {
			t.Errorf("Title(%q) = %q, want %q", tt.expression, got, tt.title)
		}
		if got := Address(tt.expression); got != tt.address {
			t.Errorf("Address(%q) = %q, want %q", tt.expression, got, tt.address)
		}
	}
}
