//go:build race

package license

const raced = true

// stride is of how many licences one is read in the tests of disturbed texts:
// the race detector makes reading ten times slower and sees nothing in it.
const stride = 50
