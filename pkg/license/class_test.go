package license

import (
	"slices"
	"strings"
	"testing"

	"github.com/modelbom/modelbom/pkg/licenselist"
)

// byHand are well-known licences with the classes that a lawyer's handbook would
// give them, written down without the data file.
var byHand = map[Class]string{
	ClassPermissive: `MIT Apache-2.0 BSD-2-Clause BSD-3-Clause BSD-4-Clause ISC Zlib BSL-1.0 0BSD MIT-0 Unlicense CC0-1.0 CC-BY-4.0 CC-BY-3.0
		CDLA-Permissive-2.0 OpenMDW-1.0 NCSA PostgreSQL Python-2.0 AFL-3.0 WTFPL ODC-By-1.0 PDDL-1.0 MS-PL UPL-1.0 MulanPSL-2.0 X11
		LicenseRef-openmdw-1.1`,
	ClassCopyleft: `GPL-2.0-only GPL-3.0-or-later GPL-3.0 AGPL-3.0-only LGPL-2.1-or-later LGPL-3.0-only MPL-2.0 EPL-2.0 EUPL-1.2 CC-BY-SA-4.0
		ODbL-1.0 CDLA-Sharing-1.0 OSL-3.0 CDDL-1.0 OFL-1.1 GFDL-1.3-only CECILL-2.1 LicenseRef-fair-ai-public-1.0`,
	ClassUseRestricted: `JSON Hippocratic-2.1 LicenseRef-creativeml-openrail-m LicenseRef-openrail-plus-plus LicenseRef-bigcode-openrail-m
		LicenseRef-bigscience-bloom-rail-1.0 LicenseRef-deepseek LicenseRef-gemma LicenseRef-nvidia-open-model`,
	ClassCommunity: `SSPL-1.0 Elastic-2.0 CC-BY-ND-4.0 FSL-1.1-MIT LicenseRef-llama2 LicenseRef-llama3.1 LicenseRef-llama4 LicenseRef-qwen
		LicenseRef-hyperclovax-seed LicenseRef-stabilityai-community LicenseRef-tencent-hunyuan-community LicenseRef-modified-mit-kimi`,
	ClassNonCommercial: `CC-BY-NC-4.0 CC-BY-NC-SA-4.0 CC-BY-NC-ND-4.0 CC-BY-NC-2.0 PolyForm-Noncommercial-1.0.0 BUSL-1.1 Aladdin LicenseRef-llama1
		LicenseRef-exaone-1.1-nc LicenseRef-flux-1-dev-non-commercial LicenseRef-apple-amlr LicenseRef-fair-noncommercial-research-license`,
}

func TestClassOf(t *testing.T) {
	n := 0
	for class, ids := range byHand {
		for id := range strings.FieldsSeq(ids) {
			n++
			if got := ClassOf(id); got != class {
				t.Errorf("ClassOf(%q) = %q, want %q", id, got, class)
			}
		}
	}
	if n < 60 {
		t.Errorf("%d licences, want 60", n)
	}
}

func TestClassOfExpressions(t *testing.T) {
	for _, tt := range []struct {
		expression string
		want       Class
	}{
		{"MIT AND GPL-3.0-only", ClassCopyleft},
		{"MIT OR GPL-3.0-only", ClassPermissive},
		{"(MIT OR GPL-3.0-only) AND CC-BY-NC-4.0", ClassNonCommercial},
		{"llama3.1 AND Apache-2.0", ClassCommunity},
		{"GPL-2.0-only WITH Classpath-exception-2.0", ClassCopyleft},
		{"Apache-2.0 WITH LLVM-exception", ClassPermissive},
		{"Apache-2.0+", ClassPermissive},
		{"GPL-2.0+", ClassCopyleft},
		{"Apache License, Version 2.0", ClassPermissive},
		{"MIT AND LicenseRef-nobody-knows", ClassUnknown},
		{"CC-BY-NC-4.0 OR LicenseRef-nobody-knows", ClassNonCommercial},
		{"LicenseRef-a OR LicenseRef-b", ClassUnknown},
		{"DocumentRef-x:LicenseRef-gemma", ClassUnknown},
		{"", ClassUnknown},
		{"other", ClassUnknown},
		{"MIT OR", ClassUnknown},
		{strings.Repeat("(", 5000), ClassUnknown},
	} {
		if got := ClassOf(tt.expression); got != tt.want {
			t.Errorf("ClassOf(%.60q) = %q, want %q", tt.expression, got, tt.want)
		}
	}
}

// withoutClass are the names of own.txt that are no licences but policies which
// belong to one, or agreements about data, and the licences whose texts the
// project has not read.
var withoutClass = strings.Fields(`
	LicenseRef-cohere-labs-use-policy LicenseRef-salesforce-ai-use-policy LicenseRef-xai-use-policy LicenseRef-nvidia-data-model-training

	LicenseRef-baichuan2-community LicenseRef-falcon-180b LicenseRef-falcon-llm LicenseRef-h-research LicenseRef-intel-research LicenseRef-internlm
	LicenseRef-jais LicenseRef-kanana LicenseRef-nvidia-community-model LicenseRef-skywork-community LicenseRef-solar`)

// TestClassesComplete holds that every identifier has one class, that the file
// names nothing that does not exist, and prints how many are in each.
func TestClassesComplete(t *testing.T) {
	count := map[Class]int{}
	for id := range licenselist.All() {
		if licenselist.IsException(id) {
			continue
		}
		class := ClassOf(id)
		count[class]++
		if class == ClassUnknown {
			t.Errorf("%s has no class", id)
		}
	}
	t.Logf("SPDX list: %v", count)
	clear(count)
	for _, o := range OwnLicenses() {
		class := ClassOf(o.Ref)
		count[class]++
		if listed := slices.Contains(withoutClass, o.Ref); listed != (class == ClassUnknown) {
			t.Errorf("%s has class %q; in the list of those without: %v", o.Ref, class, listed)
		}
	}
	t.Logf("own: %v", count)
	seen := map[string]bool{}
	for line := range dataLines(classesFile) {
		class, ids, ok := strings.Cut(line, ": ")
		if !ok || !slices.Contains(Classes(), Class(class)) || Class(class) == ClassUnknown {
			t.Errorf("no class: %q", line)
		}
		for id := range strings.FieldsSeq(ids) {
			if seen[id] {
				t.Errorf("%s is in the file twice", id)
			}
			seen[id] = true
			if !listed(id, id) && !isOwn(id) {
				t.Errorf("%s is nothing", id)
			}
		}
	}
}

func isOwn(ref string) bool { _, ok := ownByRef(ref); return ok }
