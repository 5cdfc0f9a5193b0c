package security

import (
	"strings"
	"testing"
)

// fake joins the halves of a made-up secret, so that none stands in this file.
func fake(halves ...string) string { return strings.Join(halves, "") }

func TestSecrets(t *testing.T) {
	const letters = "qWmZxLpRtYvBnKsDfGhJcQeUaIoTzXwVrN"
	key := strings.Repeat("MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n", 5)
	for name, text := range map[string]string{
		"a token of the Hugging Face hub":      `{"token": "` + fake("hf", "_", letters) + `"}`,
		"an access key of Amazon Web Services": "id = " + fake("AKI", "A3XQ7LMWZ2KTRP4VN"),
		"a key of OpenAI or a service like it": "KEY=" + fake("sk", "-proj-aB3dE5gH7jK9mN1pQ3sT5vX7zA9cE1gI3"),
		"a token of GitHub":                    fake("gh", "p_", "a8Kd93Lx0QzVb72MnYtRw5PsHcE1JuGf64oI"),
		"a private key":                        fake("-----BEGIN ", "PRIVATE KEY-----\n", key, "-----END PRIVATE KEY-----"),
		"a JSON Web Token":                     fake("eyJ", "hbGciOiJIUzI1NiJ9.", "eyJ", "zdWIiOiIxMjM0NTY3ODkwIn0.", "dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"),
		"a password in a URL":                  "https://" + fake("user:", "kT9xQ2mZ") + "@example.org/x",
		"a key of Google":                      fake("AIz", "aSyD9kQx7LmZpRtYvBnKsDfGhJcQeUaIoTzW"),
	} {
		got := Secrets([]byte("first line\n" + text + "\n"))
		if len(got) != 1 || got[0].Kind != name || got[0].Line < 2 {
			t.Errorf("%s: %+v", name, got)
			continue
		}
		s := &Subject{Files: []File{{Path: "config.json", Secrets: got}}}
		for _, f := range Findings(s) {
			for i := 0; i+8 <= len(text); i++ {
				if part := text[i : i+8]; !strings.Contains(part, " ") && strings.Contains(f.Message, part) {
					t.Errorf("%s: the message repeats %q", name, part)
				}
			}
		}
	}
	for _, text := range []string{
		"", "hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "hf_your" + strings.Repeat("a", 30), "AKIAIOSFODNN7EXAMPLE", "sk-learn-contrib-lightning-and-many-other-packages-here",
		"https://user:password@example.org/", "https://huggingface.co/a/b:c", "postgres://user:${PASSWORD}@db/x", "ghp_" + strings.Repeat("0", 36),
		"-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----", "eyJhIjoxfQxxxxx.eyJhIjoxfQxxxxx.aaaaaaaaaaaaaaaaaaaaaaaa", `"sha256": "` + strings.Repeat("0123456789abcdef", 4) + `"`,
	} {
		if got := Secrets([]byte(text)); len(got) > 0 {
			t.Errorf("%s: %+v", text, got)
		}
	}
	if got := Secrets([]byte(strings.Repeat(fake("hf", "_", letters)+" ", 500))); len(got) != maxSecrets || got[1].place() != "line 1 (2)" {
		t.Errorf("%d secrets in one line", len(got))
	}
}
