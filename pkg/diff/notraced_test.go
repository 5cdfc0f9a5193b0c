//go:build !race

package diff

// limit is the longest that a diff may take, in seconds.
const limit = 2
