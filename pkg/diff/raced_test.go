//go:build race

package diff

// limit is the longest that a diff may take, in seconds, ten times that of
// programs without the race detector.
const limit = 20
