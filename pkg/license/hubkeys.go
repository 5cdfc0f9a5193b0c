package license

import "strings"

// FromHubKey returns the SPDX expression for a licence key of the model hub,
// such as "apache-2.0" or "llama3.1". The expression is empty for keys that say
// too little: families such as "gpl", "other" and "unknown". The second result
// tells whether the hub has this key at all. Keys are compared without regard
// to case and surrounding space.
func FromHubKey(key string) (expression string, known bool) {
	expression, known = tables().hubKeys[strings.ToLower(strings.TrimSpace(key))]
	return expression, known
}
