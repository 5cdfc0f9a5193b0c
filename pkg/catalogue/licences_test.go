package catalogue

import (
	"regexp"
	"strings"
	"testing"
)

func TestLicenceOf(t *testing.T) {
	for _, tt := range []struct{ id, key string }{
		{"meta-llama/Llama-3.1-8B", "llama3.1"},
		{"META-LLAMA/llama-3.1-8b-INSTRUCT", "llama3.1"},
		{"meta-llama/Meta-Llama-3-8B", "llama3"},
		{"meta-llama/Meta-Llama-3.1-70B", "llama3.1"},
		{"meta-llama/Llama-3.2-1B", "llama3.2"},
		{"meta-llama/Llama-2-7b-hf", "llama2"},
		{"Qwen/Qwen2.5-3B-Instruct", "LicenseRef-qwen-research"},
		{"Qwen/Qwen2.5-32B", "apache-2.0"},
		{"Qwen/Qwen2.5-72B-Instruct", "LicenseRef-qwen"},
		{"Qwen/Qwen2.5-7B", "apache-2.0"},
		{"Qwen/Qwen-72B", "LicenseRef-tongyi-qianwen"},
		{"Qwen/Qwen3-8B", "apache-2.0"},
		{"google/gemma-3-4b-it", "gemma"},
		{"google/gemma-4-31B-it", "apache-2.0"},
		{"google/siglip-so400m-patch14-384", "apache-2.0"},
		{"openai/clip-vit-large-patch14", "mit"},
		{"facebook/dinov2-base", "apache-2.0"},
		{"facebook/dinov3-vitl16-pretrain-lvd1689m", "LicenseRef-dinov3-license"},
		{"LGAI-EXAONE/EXAONE-4.0-32B", "LicenseRef-exaone-1.2-nc"},
		{"LGAI-EXAONE/EXAONE-3.5-7.8B-Instruct", "LicenseRef-exaone-1.1-nc"},
		{"black-forest-labs/FLUX.1-schnell", "apache-2.0"},
		{"deepseek-ai/DeepSeek-V3", "LicenseRef-deepseek"},
		{"CohereForAI/c4ai-command-r-v01", "cc-by-nc-4.0"},

		{"deepseek-ai/DeepSeek-V3-0324", ""},
		{"deepseek-ai/DeepSeek-R1-Distill-Llama-8B", ""},
		{"Qwen/Qwen2.5-Coder-3B", ""},
		{"meta-llama", ""},
		{"somebody/Llama-3.1-8B", ""},
		{"x/meta-llama/Llama-3.1-8B", ""},
		{"", ""},
	} {
		got, ok := LicenceOf(tt.id)
		if got.Key != tt.key || ok != (tt.key != "") {
			t.Errorf("LicenceOf(%q) = %q by %q, %v; want %q", tt.id, got.Key, got.Pattern, ok, tt.key)
		}
		if ok && len(got.Sources) == 0 {
			t.Errorf("LicenceOf(%q) has no source", tt.id)
		}
	}
}

func TestLicenceTable(t *testing.T) {
	pattern := regexp.MustCompile(`^[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*\*?$`)
	key := regexp.MustCompile(`^(LicenseRef-)?[A-Za-z0-9.+-]+$`)
	last, seen := "", map[string]bool{}
	for f := range rows(licenceTable, licenceColumns) {
		row := strings.Join(f, "\t")
		if !pattern.MatchString(f[0]) || !key.MatchString(f[1]) || row <= last || seen[strings.ToLower(f[0])] {
			t.Errorf("%q: form, order, or twice", row)
		}
		last, seen[strings.ToLower(f[0])] = row, true
	}
	if len(seen) < 150 {
		t.Errorf("%d rows, fewer than 150", len(seen))
	}
}
