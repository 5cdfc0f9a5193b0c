//go:build race

package format

// memoryFactor is how many times its size a hostile file may make a reader
// allocate. The race detector adds to every allocation.
const memoryFactor = 9
