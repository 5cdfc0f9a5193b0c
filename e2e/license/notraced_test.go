//go:build !race

package license

const raced = false
