//go:build race

package ailicense

// stride is of how many other texts one is read: the race detector makes
// reading ten times slower and sees nothing in it.
const stride = 25
