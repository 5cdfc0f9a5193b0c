//go:build !race

package license

const raced = false

// stride is of how many licences one is read in the tests of disturbed texts,
// of which there are twenty for each; all with MODELBOM_LONG.
const stride = 5
