//go:build race

package inspect_test

// raced: the tests run under the race detector, which makes arithmetic ten times
// slower and has nothing to see in it. Statistics are left to the run without it.
const raced = true
