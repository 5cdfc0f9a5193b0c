//go:build !race

package format

// memoryFactor is how many times its size a hostile file may make a reader
// allocate.
const memoryFactor = 6
