package license

import (
	"regexp"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/licenselist"
)

// hubKeys is written out by hand from the hub's documentation, so that the data
// file is compared with something that is not itself.
const hubKeys = `apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0 bigcode-openrail-m
afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0
cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0
cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0
epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc h-research intel-research
lppl-1.3c ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl openmdw-1.0 openmdw-1.1 openrail++ osl-3.0 postgresql ofl-1.1 ncsa
unlicense zlib pddl lgpl-lr deepfloyd-if-license fair-noncommercial-research-license llama2 llama3 llama3.1 llama3.2 llama3.3
llama4 grok2-community gemma unknown other`

// notByCase are the keys whose expression is not an SPDX identifier that
// differs from the key by case alone.
var notByCase = map[string]string{
	"c-uda": "C-UDA-1.0", "pddl": "PDDL-1.0", "odbl": "ODbL-1.0", "odc-by": "ODC-By-1.0", "lgpl-lr": "LGPLLR",

	"bsd": "", "cc": "", "gfdl": "", "gpl": "", "lgpl": "", "openrail": "", "other": "", "unknown": "",

	"openrail++":                          "LicenseRef-openrail-plus-plus",
	"bigscience-openrail-m":               "LicenseRef-bigscience-openrail-m",
	"creativeml-openrail-m":               "LicenseRef-creativeml-openrail-m",
	"bigscience-bloom-rail-1.0":           "LicenseRef-bigscience-bloom-rail-1.0",
	"bigcode-openrail-m":                  "LicenseRef-bigcode-openrail-m",
	"h-research":                          "LicenseRef-h-research",
	"intel-research":                      "LicenseRef-intel-research",
	"apple-ascl":                          "LicenseRef-apple-ascl",
	"apple-amlr":                          "LicenseRef-apple-amlr",
	"openmdw-1.1":                         "LicenseRef-openmdw-1.1",
	"deepfloyd-if-license":                "LicenseRef-deepfloyd-if-license",
	"fair-noncommercial-research-license": "LicenseRef-fair-noncommercial-research-license",
	"llama2":                              "LicenseRef-llama2",
	"llama3":                              "LicenseRef-llama3",
	"llama3.1":                            "LicenseRef-llama3.1",
	"llama3.2":                            "LicenseRef-llama3.2",
	"llama3.3":                            "LicenseRef-llama3.3",
	"llama4":                              "LicenseRef-llama4",
	"grok2-community":                     "LicenseRef-grok2-community",
	"gemma":                               "LicenseRef-gemma",
}

func TestFromHubKey(t *testing.T) {
	keys := strings.Fields(hubKeys)
	if len(keys) != 83 {
		t.Fatalf("%d keys in the test, the hub has 83", len(keys))
	}
	byCase := 0
	for _, key := range keys {
		got, known := FromHubKey(key)
		if !known {
			t.Errorf("%q is not known", key)
		}
		if want, listed := notByCase[key]; listed {
			if got != want {
				t.Errorf("FromHubKey(%q) = %q, want %q", key, got, want)
			}
			continue
		}
		byCase++
		if !strings.EqualFold(got, key) || !listed(key, got) {
			t.Errorf("FromHubKey(%q) = %q, which is not that SPDX identifier", key, got)
		}
	}
	if byCase != 50 {
		t.Errorf("%d keys differ from an SPDX identifier by case alone, want 50", byCase)
	}
	if n := len(tables().hubKeys); n != 83 {
		t.Errorf("the data file has %d keys, want 83", n)
	}
}

func TestFromHubKeyTraps(t *testing.T) {
	if got, _ := FromHubKey("bsl-1.0"); got != "BSL-1.0" {
		t.Errorf("bsl-1.0 = %q; it is the Boost licence", got)
	}
	if got, known := FromHubKey(" Apache-2.0\n"); got != "Apache-2.0" || !known {
		t.Errorf("case and space: %q, %v", got, known)
	}
	for _, key := range []string{"", "apache", "llama", "llama-3.1", "openrail+", "busl-1.1"} {
		if got, known := FromHubKey(key); known {
			t.Errorf("FromHubKey(%q) = %q, known", key, got)
		}
	}
}

// A LicenseRef has a fixed alphabet, and none is needed for what SPDX lists.
func TestLicenseRefs(t *testing.T) {
	form := regexp.MustCompile(`^LicenseRef-[A-Za-z0-9.-]+$`)
	for key, expression := range tables().hubKeys {
		name, ours := strings.CutPrefix(expression, "LicenseRef-")
		if !ours {
			continue
		}
		if !form.MatchString(expression) {
			t.Errorf("%q has %q, with characters that SPDX does not allow", key, expression)
		}
		if id, ok := licenselist.License(name); ok {
			t.Errorf("%q has %q, and SPDX lists %q", key, expression, id)
		}
	}
}

func TestData(t *testing.T) {
	d := tables()
	for name, expression := range d.names {
		if name != plain(name) && name != spaced(name) {
			t.Errorf("name %q is in neither form: %q, %q", name, spaced(name), plain(name))
		}
		if expression != "" && !listed(expression, expression) && !licenseRef.MatchString(expression) {
			t.Errorf("name %q stands for %q, which is nothing", name, expression)
		}
	}
}

// listed reports whether the SPDX list spells a licence so.
func listed(id, spelling string) bool {
	got, ok := licenselist.License(id)
	return ok && got == spelling
}
