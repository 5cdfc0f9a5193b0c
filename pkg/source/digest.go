package source

// Lengths of digests in hexadecimal digits.
const (
	sha256Digits = 64
	sha1Digits   = 40
)

// isHex reports whether s is n lower-case hexadecimal digits. Upper case is
// refused: Git and the hubs write lower case, and there is one spelling of each
// digest in a document.
func isHex(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// hubDigest reads the name that a hub gives to content: the SHA-256 of a file
// in large file storage, the Git object id of any other.
func hubDigest(name, by string) (Digest, bool) {
	switch {
	case isHex(name, sha256Digits):
		return Digest{Algorithm: "SHA-256", Value: name, By: by}, true
	case isHex(name, sha1Digits):
		return Digest{Algorithm: "git-blob-SHA-1", Value: name, By: by}, true
	}
	return Digest{}, false
}
