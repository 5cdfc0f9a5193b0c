package license

import (
	"strings"
	"testing"
)

func TestTags(t *testing.T) {
	for text, want := range map[string]string{
		"// SPDX-License-Identifier: MIT":                                            "MIT",
		"# SPDX-License-Identifier: apache-2.0\nimport torch\n":                      "Apache-2.0",
		"/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */\n":      "GPL-2.0-only WITH Linux-syscall-note",
		"<!-- SPDX-License-Identifier: (MIT OR Apache-2.0) -->\r\n":                  "MIT OR Apache-2.0",
		"{# SPDX-License-Identifier: ISC #}":                                         "ISC",
		"% SPDX-License-Identifier: LicenseRef-acme\n":                               "LicenseRef-acme",
		";; SPDX-License-Identifier:BSD-3-Clause":                                    "BSD-3-Clause",
		"SPDX-License-Identifier: MIT\nSPDX-License-Identifier: CC-BY-4.0":           "MIT|CC-BY-4.0",
		"\"\"\"SPDX-License-Identifier: MIT\"\"\"":                                   "",
		"print(\"SPDX-License-Identifier: MIT\")":                                    "",
		"# SPDX-License-Identifier: ":                                                "",
		"# SPDX-License-Identifier: NOASSERTION":                                     "",
		"# SPDX-License-Identifier: MIT AND":                                         "",
		"# SPDX-FileCopyrightText: 2024 MIT\n":                                       "",
		"# SPDX-License-Identifier: MIT " + strings.Repeat("AND MIT ", 10000):        "",
		"\xff\xfe#\x00 \x00" + string(utf16Bytes("SPDX-License-Identifier: MIT", 0)): "MIT",
		"\x00\x01\x02 SPDX-License-Identifier: MIT":                                  "",
	} {
		var got []string
		for _, m := range Tags([]byte(text)) {
			got = append(got, m.Expression)
			if raw := plain8([]byte(text)[m.Start:m.End]); m.Kind != MatchTag || !strings.HasPrefix(raw, tagWord) || strings.ContainsAny(raw, "*#<\n") {
				t.Errorf("%q: %+v is of %q", text, m, raw)
			}
		}
		if joined := strings.Join(got, "|"); joined != want {
			t.Errorf("Tags(%.80q) = %q, want %q", text, joined, want)
		}
	}
}
