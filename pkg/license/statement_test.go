package license

import (
	"strings"
	"testing"
	"time"
)

func TestFromStatement(t *testing.T) {
	tests := []struct{ in, want string }{
		{"apache-2.0", "Apache-2.0"},
		{"Apache 2.0", "Apache-2.0"},
		{"apache_2.0", "Apache-2.0"},
		{"Apache License, Version 2.0", "Apache-2.0"},
		{"The Apache Software License, version 2.0", "Apache-2.0"},
		{"  MIT\n", "MIT"},
		{"mit", "MIT"},
		{"MIT License", "MIT"},
		{"The MIT License", "MIT"},
		{"BSD-3-Clause", "BSD-3-Clause"},
		{"BSD 3-Clause License", "BSD-3-Clause"},
		{"CC-BY-NC-SA-4.0", "CC-BY-NC-SA-4.0"},
		{"cc by 4.0", "CC-BY-4.0"},
		{"GPLv3", "GPL-3.0"},
		{"GNU General Public License v3.0 or later", "GPL-3.0-or-later"},
		{"European Union Public Licence 1.2", "EUPL-1.2"},
		{"openmdw-1.0", "OpenMDW-1.0"},
		{"llama3.1", "LicenseRef-llama3.1"},
		{"Llama 3.1 Community License", "LicenseRef-llama3.1"},
		{"llama-3.1-community-license", "LicenseRef-llama3.1"},
		{"LLAMA 3.1 COMMUNITY LICENSE AGREEMENT", "LicenseRef-llama3.1"},
		{"llama-2-community-license", "LicenseRef-llama2"},
		{"Meta Llama 3 Community License Agreement", "LicenseRef-llama3"},
		{"Llama 3 Community License", "LicenseRef-llama3"},
		{"qwen", "LicenseRef-qwen"},
		{"Qwen LICENSE AGREEMENT", "LicenseRef-qwen"},
		{"qwen-research", "LicenseRef-qwen-research"},
		{"Qwen RESEARCH LICENSE AGREEMENT", "LicenseRef-qwen-research"},
		{"tongyi-qianwen", "LicenseRef-tongyi-qianwen"},
		{"Tongyi Qianwen LICENSE AGREEMENT", "LicenseRef-tongyi-qianwen"},
		{"tongyi-qianwen-research", "LicenseRef-tongyi-qianwen-research"},
		{"deepseek", "LicenseRef-deepseek"},
		{"deepseek-license", "LicenseRef-deepseek"},
		{"DeepSeek License Agreement v1.0", "LicenseRef-deepseek"},
		{"flux-1-dev-non-commercial-license", "LicenseRef-flux-1-dev-non-commercial"},
		{"stabilityai-ai-community", "LicenseRef-stabilityai-community"},
		{"stabilityai-nc-research-community", "LicenseRef-stabilityai-nc-research"},
		{"Stability AI Community License Agreement", "LicenseRef-stabilityai-community"},
		{"nvidia-open-model-license", "LicenseRef-nvidia-open-model"},
		{"NVIDIA Open Model License Agreement", "LicenseRef-nvidia-open-model"},
		{"NVIDIA Open Model Agreement", "LicenseRef-nvidia-open-model-agreement-2026"},
		{"EXAONE AI Model License Agreement 1.1 - NC", "LicenseRef-exaone-1.1-nc"},
		{"Gemma Terms of Use", "LicenseRef-gemma"},
		{"falcon-llm-license", "LicenseRef-falcon-llm"},
		{"lfm1.0", "LicenseRef-lfm1.0"},
		{"LFM Open License v1.0", "LicenseRef-lfm1.0"},
		{"health-ai-developer-foundations", "LicenseRef-hai-def"},
		{"Health AI Developer Foundations Terms of Use", "LicenseRef-hai-def"},
		{"hyperclovax-seed", "LicenseRef-hyperclovax-seed"},
		{"HyperCLOVA X SEED Model License Agreement", "LicenseRef-hyperclovax-seed"},
		{"mnpl", "LicenseRef-mistral-non-production-0.1"},
		{"mrl", "LicenseRef-mistral-research-0.1"},
		{"ltx-2-community-license-agreement", "LicenseRef-ltx-2-community"},
		{"tencent-hunyuan-community", "LicenseRef-tencent-hunyuan-community"},
		{"dinov3-license", "LicenseRef-dinov3-license"},
		{"sam-license", "LicenseRef-sam-license"},
		{"Attribution-NonCommercial 4.0 International", "CC-BY-NC-4.0"},
		{"OpenRAIL++", "LicenseRef-openrail-plus-plus"},
		{"BUSL-1.1", "BUSL-1.1"},
		{"bsl-1.0", "BSL-1.0"},
		{"AML", "AML"},
		{"LicenseRef-acme-1", "LicenseRef-acme-1"},
		{"DocumentRef-x:LicenseRef-acme", "DocumentRef-x:LicenseRef-acme"},

		{"Apache-2.0 OR MIT", "Apache-2.0 OR MIT"},
		{"apache-2.0 or mit", "Apache-2.0 OR MIT"},
		{"Apache 2.0 or MIT License", "Apache-2.0 OR MIT"},
		{"mit AND (apache-2.0 OR bsd-3-clause)", "MIT AND (Apache-2.0 OR BSD-3-Clause)"},
		{"(MIT)", "MIT"},
		{"((MIT OR ISC))", "MIT OR ISC"},
		{"MIT OR (ISC OR Zlib)", "MIT OR ISC OR Zlib"},
		{"(MIT AND ISC) OR Zlib", "MIT AND ISC OR Zlib"},
		{"MIT AND ((ISC OR Zlib))", "MIT AND (ISC OR Zlib)"},
		{"GPL-2.0-only WITH classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"},
		{"GPL-2.0+", "GPL-2.0+"},
		{"apache-2.0+", "Apache-2.0+"},
		{"llama3.1 AND mit", "LicenseRef-llama3.1 AND MIT"},

		{"", ""},
		{"other", ""},
		{"unknown", ""},
		{"gpl", ""},
		{"openrail", ""},
		{"GPL OR MIT", ""},
		{"aml", ""}, // the Apple MIT licence as SPDX has it, something else on the hub
		{"Apache", ""},
		{"modified-mit", ""},
		{"llama", ""},
		{"llama-license", ""},
		{"exaone", ""},
		{"falcon", ""},
		{"flux-non-commercial-license", ""},
		{"yi-license", ""},
		{"sam", ""},
		{"jais", ""},
		{"dinov3", ""},
		{"insightface-non-commercial", ""},
		{"NONE", ""},
		{"NOASSERTION", ""},
		{"MIT OR", ""},
		{"OR MIT", ""},
		{"MIT OR OR ISC", ""},
		{"(MIT", ""},
		{"MIT)", ""},
		{"()", ""},
		{"MIT ISC", ""},
		{"MIT WITH", ""},
		{"MIT WITH Apache-2.0", ""},
		{"Classpath-exception-2.0", ""},
		{"LicenseRef-ä", ""},
		{"LicenseRef-", ""},
		{"\x00", ""},
		{"\xff\xfe", ""},
	}
	for _, tt := range tests {
		got, ok := FromStatement(tt.in)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("FromStatement(%q) = %q, %v; want %q", tt.in, got, ok, tt.want)
		}
	}
}

func TestFromStatementHostile(t *testing.T) {
	start := time.Now()
	for _, in := range []string{
		strings.Repeat("(", MaxExpression),
		strings.Repeat("(", 5<<20),
		strings.Repeat("MIT AND (", 400) + "MIT" + strings.Repeat(")", 400),
		strings.Repeat("MIT ", MaxExpression/4),
		strings.Repeat("WITH ", MaxExpression/5),
	} {
		if got, ok := FromStatement(in); ok {
			t.Errorf("accepted %.20q... as %.20q", in, got)
		}
	}
	wide := strings.TrimSuffix(strings.Repeat("(MIT OR ISC) AND ", 200), " AND ")
	if _, ok := FromStatement(wide); !ok {
		t.Error("200 choices are not accepted")
	}
	deep := strings.Repeat("(", maxNesting) + "MIT" + strings.Repeat(")", maxNesting)
	if got, ok := FromStatement(deep); got != "MIT" || !ok {
		t.Errorf("%d parentheses: %q, %v", maxNesting, got, ok)
	}
	if d := time.Since(start); d > time.Minute {
		t.Errorf("took %v", d)
	}
}

// What comes out is an expression that comes out unchanged when it goes in.
func FuzzFromStatement(f *testing.F) {
	for _, s := range []string{
		"apache-2.0", "Apache License, Version 2.0", "mit AND (apache-2.0 OR bsd-3-clause)", "GPL-2.0-only WITH Classpath-exception-2.0",
		"openrail++", "LicenseRef-a.b-c", "GPL-2.0+ or later", "((MIT) OR (ISC AND Zlib))",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := FromStatement(s)
		if ok != (got != "") {
			t.Fatalf("%q: %q, %v", s, got, ok)
		}
		if !ok || len(got) > MaxExpression {
			return
		}
		if again, ok := FromStatement(got); again != got || !ok {
			t.Fatalf("%q gives %q, which gives %q, %v", s, got, again, ok)
		}
		if key, known := FromHubKey(s); known && key != got {
			t.Fatalf("%q: the hub key says %q, the statement %q", s, key, got)
		}
	})
}
